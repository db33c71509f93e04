"""PCM arithmetic, levels and peaks."""

import numpy as np
import pytest

from bots.engine.audio import levels, pcm
from bots.engine.audio.peaks import peaks, track_peaks


def raw(*samples: int) -> bytes:
    return np.array(samples, dtype="<i2").tobytes()


def test_duration_and_silence_agree():
    assert pcm.duration_of(pcm.silence(0.25, 16000), 16000) == 0.25
    assert pcm.duration_of(pcm.silence(0.25, 24000, 2), 24000, 2) == 0.25
    assert set(pcm.silence(0.1, 8000)) == {0}


def test_gain_saturates_and_one_changes_nothing():
    assert pcm.apply_gain(raw(100, -100, 30000, -30000), 2) == raw(200, -200, 32767, -32768)
    assert pcm.apply_gain(raw(1, 2), 1.0) == raw(1, 2)


def test_mix_adds_saturates_and_continues_the_shorter_one():
    assert pcm.mix(raw(1000, 32000, 7), raw(500, 32000)) == raw(1500, 32767, 7)
    assert pcm.mix(raw(-32000), raw(-32000, 5)) == raw(-32768, 5)
    assert pcm.mix(raw(100), raw(100), gain=0.5) == raw(150)


def test_stereo_and_mono_convert_both_ways():
    assert pcm.stereo_to_mono(raw(100, 300, -32768, -32768)) == raw(200, -32768)
    assert pcm.interleave(raw(1, 2), raw(9)) == raw(1, 9, 2, 0)
    assert pcm.split_channels(raw(1, 9, 2, 8)) == (raw(1, 2), raw(9, 8))


def test_a_memoryview_is_read_without_copy_and_an_odd_byte_left_out():
    data = bytearray(raw(1, 2) + b"\x01")
    view = pcm.samples_of(memoryview(data))
    data[0] = 9
    assert view.tolist() == [9, 2]


def test_levels_of_known_signals():
    square = raw(*[16384, -16384] * 80)
    assert levels.rms(square) == 0.5
    assert levels.peak(square) == 0.5
    assert levels.dbfs(square) == pytest.approx(-6.02, abs=0.01)
    assert levels.peak(raw(-32768)) == 1.0
    assert levels.rms(b"") == levels.peak(b"") == levels.loudness(b"") == 0.0


@pytest.mark.parametrize(("db", "volume"), [(-90, 0.0), (-45, 0.6), (-30, 0.8), (-15, 1.0), (0, 1.0)])
def test_volume_is_linear_in_decibels(db, volume):
    assert levels.loudness_of(10 ** (db / 20)) == pytest.approx(volume)


def test_peaks_hold_the_extremes_of_each_stretch(tmp_path):
    track = raw(0, 16384, -8192, 0, 32767, 0, 0, -32768)
    wanted = [(-0.25, 0.5), (-1.0, 1.0)]
    assert peaks(track, 2) == wanted
    path = tmp_path / "bot.s16"
    path.write_bytes(track + b"\x00")
    assert track_peaks(path, 2) == wanted


def test_peaks_of_a_shorter_or_missing_track_are_silence_at_the_end(tmp_path):
    assert peaks(raw(16384, 16384), 2, samples=4) == [(0.5, 0.5), (0.0, 0.0)]
    assert track_peaks(tmp_path / "none.s16", 3, samples=300) == [(0.0, 0.0)] * 3
    assert peaks(b"", 2) == [(0.0, 0.0)] * 2


def test_more_stretches_than_samples_is_fine():
    assert len(peaks(raw(1, 2, 3), 10)) == 10

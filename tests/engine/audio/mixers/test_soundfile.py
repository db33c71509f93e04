"""Sounds from files: what they add, and what the mixer refuses (AUD-05, AUD-06)."""

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from bots.engine.audio.mixers import MixerSettingsWrong, SoundfileMixer, SoundUnusable
from bots.engine.audio.pcm import samples_of

RATE = 16000


def tone(path: Path, rate: int = RATE, seconds: float = 1.0, channels: int = 1) -> str:
    wave = (0.25 * np.sin(2 * np.pi * 440 * np.arange(int(rate * seconds)) / rate)).astype(np.float32)
    soundfile.write(path, np.tile(wave[:, None], (1, channels)), rate)
    return str(path)


def started(mixer: SoundfileMixer) -> SoundfileMixer:
    asyncio.run(mixer.start(RATE))
    return mixer


def test_the_defaults_are_the_documented_ones(tmp_path: Path) -> None:  # AUD-05
    mixer = started(SoundfileMixer({"a": tone(tmp_path / "a.wav")}, "a"))
    loud = np.abs(samples_of(mixer.mix(bytes(RATE * 2)))).max()
    assert loud == pytest.approx(0.4 * 0.25 * 32768, rel=0.02)
    assert np.abs(samples_of(mixer.mix(bytes(RATE * 2)))).max() == loud, "it loops"


@pytest.mark.parametrize(("suffix", "rate"), [("wav", 8000), ("flac", 44100), ("ogg", 48000), ("mp3", 24000)])
def test_every_format_of_the_library_comes_at_the_output_rate(tmp_path: Path, suffix: str, rate: int) -> None:
    mixer = started(SoundfileMixer({"a": tone(tmp_path / f"a.{suffix}", rate)}, "a", volume=1.0))
    heard = samples_of(mixer.mix(bytes(RATE * 2))).astype(float)
    assert np.argmax(np.abs(np.fft.rfft(heard))) == pytest.approx(440, abs=1)
    assert np.abs(heard[2000:-2000]).max() == pytest.approx(8192, rel=0.1)


def test_a_sound_that_does_not_loop_ends(tmp_path: Path) -> None:
    mixer = started(SoundfileMixer({"a": tone(tmp_path / "a.wav", seconds=0.1)}, "a", loop=False))
    assert mixer.sounding
    assert np.abs(samples_of(mixer.mix(bytes(RATE // 5 * 2)))[RATE // 10 :]).max() == 0
    assert not mixer.sounding
    assert mixer.mix(b"\1\0") == b"\1\0"


def test_another_sound_begins_at_its_beginning_and_volume_may_exceed_one(tmp_path: Path) -> None:  # AUD-06
    files = {"a": tone(tmp_path / "a.wav"), "b": tone(tmp_path / "b.wav", seconds=0.5)}
    mixer = started(SoundfileMixer(files, "a", volume=2.0))
    first = mixer.mix(bytes(3200))
    assert np.abs(samples_of(first)).max() == pytest.approx(16384, rel=0.02)
    mixer.mix(bytes(1000))
    mixer.update({"sound": "b"})
    assert mixer.mix(bytes(3200)) == first
    mixer.enable(False)
    assert not mixer.sounding
    assert mixer.mix(b"\1\0") == b"\1\0"


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        ({"sound": "rain"}, "sound"),
        ({"volume": -0.1}, "volume"),
        ({"volume": "loud"}, "volume"),
        ({"volume": float("nan")}, "volume"),
        ({"loop": 1}, "loop"),
        ({"pitch": 2}, "pitch"),
    ],
)
def test_settings_that_mean_nothing_are_refused_by_name(tmp_path: Path, settings: dict[str, Any], name: str) -> None:
    mixer = SoundfileMixer({"a": tone(tmp_path / "a.wav")}, "a")
    with pytest.raises(MixerSettingsWrong, match=f"^{name}:"):
        mixer.update(settings)
    with pytest.raises(ValueError, match=r"^default_sound "):
        SoundfileMixer({"a": "a.wav"}, "b")


def test_files_that_cannot_serve_are_named(tmp_path: Path) -> None:
    (tmp_path / "noise.wav").write_bytes(b"not a sound")
    stereo = tone(tmp_path / "stereo.wav", channels=2)
    empty = tone(tmp_path / "empty.wav", seconds=0)
    for path, said in [
        (stereo, "must be mono"), (str(tmp_path / "noise.wav"), "cannot be read"),
        (str(tmp_path / "gone.wav"), "cannot be read"), (empty, "empty or longer"),
    ]:  # fmt: skip
        with pytest.raises(SoundUnusable, match=said):
            started(SoundfileMixer({"a": path}, "a"))

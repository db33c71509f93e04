"""WAV in and out, and Ogg Opus."""

import io
import struct
import wave

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.engine.audio import wav
from bots.engine.audio.opus import write_ogg_opus
from bots.engine.audio.pcm import interleave, silence
from tests.engine.audio.voice import sentence


def raw(*samples: int) -> bytes:
    return np.array(samples, dtype="<i2").tobytes()


def test_an_encoded_file_is_read_by_the_standard_library():
    with wave.open(io.BytesIO(wav.encode(raw(1, 2, 3, 4), 24000, 2))) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth(), file.getnframes()) == (24000, 2, 2, 2)
        assert file.readframes(2) == raw(1, 2, 3, 4)


def test_a_written_file_is_read_back():
    info, samples = wav.decode(wav.encode(raw(1, 2, 3), 8000))
    assert (info.rate, info.channels, info.length, samples) == (8000, 1, 6, raw(1, 2, 3))


@pytest.mark.parametrize("claimed", [0, 0xFFFFFFFF, 0xFFFFFFFF - 44, 5000])
def test_a_wrong_length_in_the_header_loses_no_audio(claimed):
    data = bytearray(wav.encode(raw(1, 2, 3), 8000))
    struct.pack_into("<I", data, 40, claimed)
    assert wav.decode(data)[1] == raw(1, 2, 3)


def test_other_chunks_are_skipped():
    plain = wav.encode(raw(7, 8), 16000)
    extra = struct.pack("<4sI", b"LIST", 5) + b"hello\x00"
    assert wav.decode(plain[:36] + extra + plain[36:] + extra)[1] == raw(7, 8)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"ID3\x04 and then music", "audio.wav_malformed"),
        (wav.encode(b"", 8000)[:30], "audio.wav_malformed"),
        (b"RIFF\x00\x00\x00\x00WAVEdata\x04\x00\x00\x00abcd", "audio.wav_malformed"),
        (b"RIFF\x00\x00\x00\x00WAVEjunk\xff\xff\xff\x7f", "audio.wav_malformed"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt \x04\x00\x00\x00abcd", "audio.wav_malformed"),
        (wav.encode(b"", 8000)[:34] + b"\x08\x00data\x00\x00\x00\x00", "audio.wav_unsupported"),
        (wav.encode(b"", 8000)[:20] + b"\x07\x00" + wav.encode(b"", 8000)[22:], "audio.wav_unsupported"),
    ],
)
def test_unreadable_files_are_refused_with_a_code(data, code):
    with pytest.raises(wav.WavError) as caught:
        wav.decode(data)
    assert caught.value.code == code


def test_extensible_pcm_is_read():
    fmt = struct.pack("<HHIIHHHHIH14s", 0xFFFE, 1, 8000, 16000, 2, 16, 22, 16, 4, 1, b"")
    data = b"RIFF\0\0\0\0WAVEfmt " + struct.pack("<I", len(fmt)) + fmt + b"data" + struct.pack("<I", 4) + raw(1, 2)
    assert wav.decode(data)[1] == raw(1, 2)


@given(st.lists(st.integers(1, 60), min_size=1, max_size=20))
def test_a_stream_in_any_pieces_gives_the_samples(pieces):
    data = wav.header(40, 24000) + bytes(range(40)) + b"LIST what follows"
    stream, got, at = wav.WavStream(), b"", 0
    for size in [*pieces, len(data)]:
        got += stream.feed(data[at : at + size])
        at += size
    assert got == bytes(range(40))
    assert stream.info is not None
    assert stream.info.rate == 24000


def test_a_stream_of_unknown_length_gives_everything():
    stream = wav.WavStream()
    assert stream.feed(wav.header(None, 24000) + b"ab") + stream.feed(b"cd") == b"abcd"


@given(start=st.integers(-5, 520), length=st.integers(0, 520))
def test_any_range_of_the_stereo_file_equals_the_slice_of_the_whole(stereo, start, length):
    file, whole = stereo
    assert file.size == len(whole)
    assert file.read(start, start + length) == whole[max(0, start) : max(0, start + length)]


@pytest.fixture(scope="module")
def stereo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("call")
    left, right = bytes(range(200)), bytes(range(100, 250))
    (folder / "caller.s16").write_bytes(left)
    (folder / "bot.s16").write_bytes(right)
    whole = wav.encode(interleave(left + bytes(40), right), 16000, 2)
    return wav.StereoWav(folder / "caller.s16", folder / "bot.s16", 16000, 120), whole


def test_a_missing_track_is_silence_and_a_long_one_is_cut(tmp_path):
    (tmp_path / "caller.s16").write_bytes(raw(1, 2, 3, 4))
    file = wav.StereoWav(tmp_path / "caller.s16", tmp_path / "bot.s16", 16000, 2)
    assert file.read(0, 10_000) == wav.encode(raw(1, 0, 2, 0), 16000, 2)


def test_opus_keeps_length_and_channels_and_is_small():
    import av

    voice = sentence()
    pcm = interleave(voice, silence(1, 16000))
    out = io.BytesIO()
    write_ogg_opus(out, [pcm[at : at + 64000] for at in range(0, len(pcm), 64000)], 16000)
    assert len(out.getvalue()) < len(pcm) / 4
    out.seek(0)
    with av.open(out) as container:
        frames = list(container.decode(audio=0))
        assert frames[0].layout.name == "stereo"
        seconds = sum(frame.samples for frame in frames) / frames[0].sample_rate
        assert seconds == pytest.approx(len(voice) / 2 / 16000, abs=0.04)
        left, right = (np.concatenate([frame.to_ndarray()[side] for frame in frames]) for side in (0, 1))
        assert np.abs(left).max() > 20 * np.abs(right).max()


def test_opus_refuses_a_rate_it_does_not_know(tmp_path):
    with pytest.raises(ValueError, match="22050"):
        write_ogg_opus(tmp_path / "call.ogg", [], 22050)

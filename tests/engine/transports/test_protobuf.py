"""The wire format against an independent writer of its bytes, and against nonsense."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.engine.errors import TransportError
from bots.engine.transports.protobuf import (
    MAX_MESSAGE,
    AudioMessage,
    DataMessage,
    InterruptionMessage,
    TextMessage,
    TranscriptionMessage,
    decode,
    encode_audio,
    encode_data,
)


def varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def field(number: int, value: int | bytes | str) -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def frame(kind: int, *fields: bytes) -> bytes:
    return field(kind, b"".join(fields))


def audio(pcm: bytes, rate: int, channels: int, *more: bytes) -> bytes:
    return frame(2, field(3, pcm), field(4, rate), field(5, channels), *more)


@given(st.binary(min_size=2, max_size=600).map(lambda b: b[: len(b) // 4 * 4] or b"\0\0\0\0"), st.sampled_from([1, 2]))
def test_audio_is_read_and_written_byte_for_byte(pcm: bytes, channels: int) -> None:
    expected = audio(pcm, 24000, channels)
    assert encode_audio(pcm, 24000, channels) == expected
    assert decode(expected) == AudioMessage(pcm, 24000, channels, None)


@given(st.text())
def test_data_messages_are_read_and_written_byte_for_byte(text: str) -> None:
    expected = frame(4, field(1, text)) if text else field(4, b"")
    assert encode_data(text) in (expected, frame(4))
    assert decode(expected) == DataMessage(text)


def test_every_kind_of_other_peers_is_known() -> None:
    assert decode(frame(1, field(1, 7), field(2, "TextFrame"), field(3, "hi"))) == TextMessage("hi")
    heard = frame(3, field(3, "hello"), field(4, "me"), field(5, "2025-06-01T10:00:00.000+00:00"))
    assert decode(heard) == TranscriptionMessage("hello", "me", "2025-06-01T10:00:00.000+00:00")
    assert decode(frame(5, field(1, 9), field(2, "InterruptionFrame"))) == InterruptionMessage()


def test_a_position_is_kept_when_it_was_sent_even_when_it_is_zero() -> None:
    assert decode(audio(b"\0\0", 16000, 1, field(6, 0))) == AudioMessage(b"\0\0", 16000, 1, 0)
    assert decode(audio(b"\0\0", 16000, 1, field(6, 2**40))) == AudioMessage(b"\0\0", 16000, 1, 2**40)


def test_fields_of_later_versions_are_skipped() -> None:
    later = audio(b"\1\0", 16000, 1, field(15, "new"), field(16, 3)) + field(99, b"more")
    assert decode(later) == AudioMessage(b"\1\0", 16000, 1, None)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "input.malformed"),
        (b"\xff\xff\xff", "input.malformed"),
        (b"plain text", "input.malformed"),
        (field(99, b"only unknown"), "input.malformed"),
        (frame(4, field(1, b"\xff\xfe")), "input.malformed"),
        (audio(b"\0\0", 16000, 1)[:-1], "input.malformed"),
        (audio(b"\0\0\0", 16000, 1), "input.bad_audio"),
        (audio(b"\0\0", 16000, 2), "input.bad_audio"),
        (audio(b"", 16000, 1), "input.bad_audio"),
        (audio(b"\0\0", 0, 1), "input.bad_audio"),
        (audio(b"\0\0", 7999, 1), "input.bad_audio"),
        (audio(b"\0\0", 2**32 - 1, 1), "input.bad_audio"),
        (audio(b"\0\0" * 3, 16000, 3), "input.bad_audio"),
        (audio(bytes(16000 * 2 * 5 + 2), 16000, 1), "input.too_large"),
        (bytes(MAX_MESSAGE + 1), "input.too_large"),
    ],
)  # fmt: skip
def test_unusable_messages_have_a_code(data: bytes, code: str) -> None:
    with pytest.raises(TransportError) as caught:
        decode(data)
    assert caught.value.code == code
    assert caught.value.next_step


@given(st.binary(max_size=300))
def test_bytes_are_read_or_refused_with_a_code(data: bytes) -> None:
    try:
        decode(data)
    except TransportError as error:
        assert error.code.startswith("input.")

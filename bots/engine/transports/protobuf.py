"""The binary frames of the WebSocket transport: package ``pipecat``, proto3 (client contract, section 6).

The official ``protobuf`` runtime reads and writes them, with a descriptor built here at import. It was chosen over a
hand-written codec because its parser is native and was fuzzed for years, knows the corner cases (unknown fields,
groups, repeated oneof members, UTF-8 checks), is faster, and needs neither ``protoc`` nor a generated file. What this
module adds is judgement: limits, and audio that makes sense.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from google.protobuf import descriptor_pb2, descriptor_pool, message, message_factory

from .rejections import InputTooLarge, MalformedInput, UnusableAudio

MAX_MESSAGE = 2 << 20
"""Bytes of the largest message taken; the official client sends up to 1 MiB."""

MAX_AUDIO_SECS = 5.0
RATES = range(8000, 48001)
CHANNELS = (1, 2)

_TYPES = {"uint64": 4, "string": 9, "bytes": 12, "uint32": 13}
_SCHEMA: dict[str, list[tuple[str, int, str]]] = {
    "TextFrame": [("id", 1, "uint64"), ("name", 2, "string"), ("text", 3, "string")],
    "AudioRawFrame": [
        ("id", 1, "uint64"), ("name", 2, "string"), ("audio", 3, "bytes"),
        ("sample_rate", 4, "uint32"), ("num_channels", 5, "uint32"), ("pts", 6, "uint64"),
    ],
    "TranscriptionFrame": [
        ("id", 1, "uint64"), ("name", 2, "string"), ("text", 3, "string"),
        ("user_id", 4, "string"), ("timestamp", 5, "string"),
    ],
    "MessageFrame": [("data", 1, "string")],
    "InterruptionFrame": [("id", 1, "uint64"), ("name", 2, "string")],
}  # fmt: skip
_KINDS = ("text", "audio", "transcription", "message", "interruption")


@dataclass(frozen=True, slots=True)
class AudioMessage:
    """Audio: s16le, interleaved when stereo; ``pts`` as the sender set it, in its own unit."""

    audio: bytes
    sample_rate: int
    num_channels: int
    pts: int | None = None


@dataclass(frozen=True, slots=True)
class TextMessage:
    """A piece of text of another server."""

    text: str


@dataclass(frozen=True, slots=True)
class TranscriptionMessage:
    """What a peer has understood of the speech."""

    text: str
    user_id: str
    timestamp: str


@dataclass(frozen=True, slots=True)
class DataMessage:
    """An RTVI message as JSON text."""

    data: str


@dataclass(frozen=True, slots=True)
class InterruptionMessage:
    """The peer asks for silence."""


WireMessage: TypeAlias = AudioMessage | TextMessage | TranscriptionMessage | DataMessage | InterruptionMessage


def _frame_class() -> Any:
    """Build the ``Frame`` message class from the table above, in a pool of its own."""
    file = descriptor_pb2.FileDescriptorProto(name="pipecat/frames.proto", package="pipecat", syntax="proto3")
    for name, fields in _SCHEMA.items():
        kind = file.message_type.add(name=name)
        for field, number, type_name in fields:
            kind.field.add(name=field, number=number, type=_TYPES[type_name], label=1)
            if field == "pts":
                kind.field[-1].proto3_optional = True
                kind.field[-1].oneof_index = 0
                kind.oneof_decl.add(name="_pts")
    root = file.message_type.add(name="Frame")
    root.oneof_decl.add(name="frame")
    for number, (field, name) in enumerate(zip(_KINDS, _SCHEMA, strict=True), 1):
        root.field.add(name=field, number=number, type=11, label=1, type_name=f".pipecat.{name}", oneof_index=0)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("pipecat.Frame"))


_Frame = _frame_class()


def decode(data: bytes) -> WireMessage:
    """Read one binary message; raises MalformedInput, InputTooLarge or UnusableAudio."""
    if len(data) > MAX_MESSAGE:
        raise InputTooLarge(f"A message has more than {MAX_MESSAGE} bytes.")
    frame = _Frame()
    try:
        frame.ParseFromString(data)
    except message.DecodeError as error:
        raise MalformedInput("A binary message is no protobuf frame.") from error
    kind = frame.WhichOneof("frame")
    if kind == "audio":
        return _checked(frame.audio)
    if kind == "message":
        return DataMessage(frame.message.data)
    if kind == "text":
        return TextMessage(frame.text.text)
    if kind == "transcription":
        heard = frame.transcription
        return TranscriptionMessage(heard.text, heard.user_id, heard.timestamp)
    if kind == "interruption":
        return InterruptionMessage()
    raise MalformedInput("A protobuf frame holds none of the known kinds.")


def _checked(found: Any) -> AudioMessage:
    audio, rate, channels = found.audio, found.sample_rate, found.num_channels
    if rate not in RATES or channels not in CHANNELS:
        raise UnusableAudio("Audio has a sample rate or number of channels that is not taken.")
    if not audio or len(audio) % (2 * channels):
        raise UnusableAudio("Audio is empty or does not consist of whole samples.")
    if len(audio) > MAX_AUDIO_SECS * rate * channels * 2:
        raise InputTooLarge("A block of audio is longer than five seconds.")
    return AudioMessage(audio, rate, channels, found.pts if found.HasField("pts") else None)


def encode_audio(pcm: bytes, sample_rate: int, num_channels: int = 1) -> bytes:
    """Write s16le audio as one binary message."""
    frame = _Frame()
    audio = frame.audio
    audio.audio, audio.sample_rate, audio.num_channels = pcm, sample_rate, num_channels
    written: bytes = frame.SerializeToString()
    return written


def encode_data(text: str) -> bytes:
    """Write an RTVI message (JSON text) as one binary message."""
    frame = _Frame()
    frame.message.data = text
    written: bytes = frame.SerializeToString()
    return written

"""What carriers' media streams say, in our words: messages differ, facts do not (TEL-03, TEL-10; services 11).

A :class:`MediaStreamSerializer` reads a carrier's messages into these facts and writes ours in its form. The line that
plays a call over such a stream knows nothing else of the carrier.
"""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, TypeAlias

from bots.engine.frames import (
    Frame,
    InputAudioRawFrame,
    InputDTMFFrame,
    InterruptionFrame,
    KeypadEntry,
    OutputAudioRawFrame,
    OutputTransportMessageFrame,
    OutputTransportMessageUrgentFrame,
)

from .serializer import FrameSerializer, FrameSerializerType


@dataclass(frozen=True, slots=True)
class StreamConnected:
    """The socket is open; nothing is known yet."""


@dataclass(frozen=True, slots=True)
class StreamStarted:
    """The stream's ids and form. ``encoding`` as the carrier names it; ``custom`` are parameters that we or it gave."""

    stream_id: str
    call_id: str
    account_id: str = ""
    from_number: str = ""
    to_number: str = ""
    encoding: str = ""
    sample_rate: int = 8000
    custom: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StreamMedia:
    """The caller's sound, s16le mono at ``sample_rate`` Hz; ``at_ms`` is its place on the carrier's clock.

    ``sequence`` counts messages or chunks of sound where the carrier counts them. ``inbound``: what the caller says.
    """

    pcm: bytes
    sample_rate: int
    sequence: int | None = None
    at_ms: int | None = None
    inbound: bool = True


@dataclass(frozen=True, slots=True)
class StreamKey:
    """The caller pressed a key."""

    button: KeypadEntry


@dataclass(frozen=True, slots=True)
class StreamMark:
    """The far end has played everything before this mark, or thrown it away after a clear."""

    name: str


@dataclass(frozen=True, slots=True)
class StreamCleared:
    """The far end has thrown away what it had not played."""


@dataclass(frozen=True, slots=True)
class StreamStopped:
    """The carrier is done with the stream."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class StreamRejected:
    """A message that cannot be used: ``stream.malformed``, ``stream.too_large``, ``stream.order`` or the like."""

    code: str
    message: str


StreamEvent: TypeAlias = (
    StreamConnected
    | StreamStarted
    | StreamMedia
    | StreamKey
    | StreamMark
    | StreamCleared
    | StreamStopped
    | StreamRejected
)


class MediaStreamSerializer(FrameSerializer):
    """A carrier's stream, both ways. ``marks``: the far end says what it has played.

    :meth:`media` may keep sound back until there is enough for a message; :meth:`rest` gives what was kept.
    """

    marks: ClassVar[bool] = True

    @property
    def type(self) -> FrameSerializerType:
        return FrameSerializerType.TEXT

    async def serialize(self, frame: Frame) -> str | bytes | None:
        """Return sound as the carrier takes it, a clear for an interruption (TEL-15), messages as JSON."""
        if isinstance(frame, OutputAudioRawFrame):
            return self.media(frame.audio, frame.sample_rate)
        if isinstance(frame, InterruptionFrame):
            return self.clear()
        if isinstance(frame, OutputTransportMessageFrame | OutputTransportMessageUrgentFrame):
            return json.dumps(frame.message)
        return None

    async def deserialize(self, data: str | bytes) -> Frame | None:
        """Return the caller's sound and keys as frames; everything else a stream says is None (TEL-14)."""
        event = self.read(data)
        if isinstance(event, StreamMedia) and event.inbound:
            return InputAudioRawFrame(event.pcm, event.sample_rate, 1)
        if isinstance(event, StreamKey):
            return InputDTMFFrame(event.button)
        return None

    @abstractmethod
    def read(self, data: str | bytes) -> StreamEvent | None:
        """Return what a message says; None for one that says nothing of interest. Never raises."""

    @abstractmethod
    def media(self, pcm: bytes, sample_rate: int) -> str | bytes | None:
        """Return the message for sound, s16le mono; None while too little is there."""

    def rest(self) -> str | bytes | None:
        """Return the message for sound that was kept back, padded with silence where the carrier needs that."""
        return None

    @abstractmethod
    def clear(self) -> str | bytes | None:
        """Return the message that makes the far end drop what it has not played; also drops what was kept back."""

    @abstractmethod
    def mark(self, name: str) -> str | bytes | None:
        """Return the message that asks to be told when everything before it was played; None without ``marks``."""

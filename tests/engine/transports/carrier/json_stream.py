"""A carrier's protocol that is nothing but JSON: both sides of it."""

from __future__ import annotations

import base64
import json
from typing import ClassVar

from bots.engine.frames import Frame, KeypadEntry
from bots.engine.testing.far_end import FarClear, FarMark, FarSound
from bots.engine.transports.media_stream import (
    MediaStreamSerializer,
    StreamCleared,
    StreamEvent,
    StreamKey,
    StreamMark,
    StreamMedia,
    StreamRejected,
    StreamStarted,
    StreamStopped,
)
from bots.engine.transports.serializer import FrameSerializerType

RATE = 8000


class JsonStream(MediaStreamSerializer):
    """The server's side; ``at_least`` bytes make a message."""

    def __init__(self, at_least: int = 0) -> None:
        self._at_least, self._kept = at_least, b""

    @property
    def type(self) -> FrameSerializerType:
        return FrameSerializerType.TEXT

    async def serialize(self, frame: Frame) -> str | None:
        return None

    async def deserialize(self, data: str | bytes) -> Frame | None:
        return None

    def read(self, data: str | bytes) -> StreamEvent | None:
        found = json.loads(data)
        if found["event"] == "media":
            pcm = base64.b64decode(found["payload"])
            return StreamMedia(pcm, RATE, found.get("chunk"), found.get("at"), found.get("inbound", True))
        if found["event"] == "mark":
            return StreamMark(found["name"])
        if found["event"] == "key":
            return StreamKey(KeypadEntry(found["key"]))
        made = {"stop": StreamStopped(), "start": StreamStarted("MZ1", "CA1"), "cleared": StreamCleared()}
        return made.get(found["event"], StreamRejected(found.get("code", "stream.malformed"), "It cannot be read."))

    def media(self, pcm: bytes, sample_rate: int) -> str | None:
        assert sample_rate == RATE
        self._kept += pcm
        if len(self._kept) < self._at_least:
            return None
        kept, self._kept = self._kept, b""
        return sound_message(kept)

    def rest(self) -> str | None:
        kept, self._kept = self._kept, b""
        return sound_message(kept.ljust(self._at_least, b"\0")) if kept else None

    def clear(self) -> str:
        self._kept = b""
        return json.dumps({"event": "clear"})

    def mark(self, name: str) -> str | None:
        return json.dumps({"event": "mark", "name": name}) if self.marks else None


class SilentJsonStream(JsonStream):
    """The same of a carrier without marks."""

    marks: ClassVar[bool] = False


def sound_message(pcm: bytes, **more: object) -> str:
    return json.dumps({"event": "media", "payload": base64.b64encode(pcm).decode(), **more})


class JsonFarEnd:
    """The carrier's side."""

    sample_rate = RATE

    def read(self, message: str | bytes) -> FarSound | FarMark | FarClear | None:
        found = json.loads(message)
        if found["event"] == "media":
            return FarSound(base64.b64decode(found["payload"]))
        return FarMark(found["name"]) if found["event"] == "mark" else FarClear()

    def media(self, pcm: bytes, sequence: int, at_ms: int) -> str:
        return sound_message(pcm, chunk=sequence, at=at_ms)

    def mark(self, name: str) -> str:
        return json.dumps({"event": "mark", "name": name})

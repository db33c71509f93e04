"""What the media streams of all carriers share: JSON messages with an event's name (TEL-03; reliability C9 to C11).

Reading is total: whatever arrives becomes a fact or a refusal with a code, never an exception. Carriers differ in
names; each has a file of its own beside this one.
"""

from __future__ import annotations

import binascii
import json
from abc import abstractmethod
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from bots.engine.errors import EngineError
from bots.engine.frames import KeypadEntry, StartFrame
from bots.engine.transports.media_stream import (
    MediaStreamSerializer,
    StreamConnected,
    StreamEvent,
    StreamKey,
    StreamMark,
    StreamMedia,
    StreamRejected,
    StreamStarted,
    StreamStopped,
)

from .hang_up import HangUpRequest
from .wire_audio import WireAudio

MAX_MESSAGE = 64 * 1024
MAX_CUSTOM = 32
MAX_TEXT = 512

Message = Mapping[str, Any]


class Unreadable(ValueError):
    """A message lacks something, or has it in another form; the text says what."""


class JsonStreamSerializer(MediaStreamSerializer):
    """A stream of JSON texts; a carrier's class names the fields. Ids that are not given are learned from the start."""

    events: ClassVar[Mapping[str, str]]
    """Names of events, and the methods that read them."""

    def __init__(self, stream_id: str = "", call_id: str | None = None) -> None:
        self.stream_id, self.call_id = stream_id, call_id or ""
        self.incoming = self.outgoing = WireAudio()
        self._begun = False
        self._pipeline_rate: int | None = None
        self._readers: dict[str, Callable[[Message], StreamEvent | None]] = {
            event: getattr(self, method) for event, method in self.events.items()
        }

    @property
    def hang_up_request(self) -> HangUpRequest | None:
        """What ends the call at the carrier, where its keys were given and ``auto_hang_up`` is on (TEL-14)."""
        return None

    async def setup(self, frame: StartFrame) -> None:
        self._pipeline_rate = frame.audio_in_sample_rate

    # -- reading ------------------------------------------------------------------------------------------------------

    def read(self, data: str | bytes) -> StreamEvent | None:
        if not isinstance(data, str):
            return StreamRejected("stream.malformed", "A binary message came where text is meant.")
        if len(data) > MAX_MESSAGE:
            return StreamRejected("stream.too_large", f"A message is larger than {MAX_MESSAGE} characters.")
        try:
            message = json.loads(data)
        except (ValueError, RecursionError):
            return StreamRejected("stream.malformed", "A message is no JSON.")
        if not isinstance(message, dict):
            return StreamRejected("stream.malformed", "A message is no JSON object.")
        reader = self._readers.get(str(message.get("event")))
        if reader is None:
            return None if isinstance(message.get("event"), str) else StreamRejected(
                "stream.malformed", "A message names no event."
            )  # fmt: skip
        try:
            return reader(message)
        except Unreadable as error:
            return StreamRejected("stream.malformed", str(error))
        except EngineError as error:
            return StreamRejected(error.code, error.message)

    def read_connected(self, message: Message) -> StreamEvent | None:
        """Read the greeting of a socket."""
        return StreamConnected()

    @abstractmethod
    def started(self, message: Message) -> StreamStarted:
        """Return what a start message says; raises :class:`Unreadable`."""

    def read_start(self, message: Message) -> StreamEvent | None:
        """Read the start of the stream and take over its ids and form; a further one changes nothing."""
        start = self.started(message)
        if self._begun:
            return start
        if not start.stream_id:
            raise Unreadable("A start names no stream.")
        self.take_form(start)
        self.stream_id, self.call_id = start.stream_id, start.call_id
        self._begun = True
        return start

    def take_form(self, start: StreamStarted) -> None:
        """Read and write sound as the start says; raises ``stream.encoding``."""
        self.incoming = WireAudio(start.encoding or self.incoming.encoding, start.sample_rate)
        self.outgoing = WireAudio(self.incoming.encoding, start.sample_rate)

    def read_media(self, message: Message) -> StreamEvent | None:
        """Read a chunk of sound; ``outbound`` is what we said ourselves."""
        media = part(message, "media")
        payload = media.get("payload")
        if not isinstance(payload, str):
            raise Unreadable("A chunk of sound has no payload.")
        try:
            pcm = self.incoming.decode(b64decode(payload, validate=True))
        except (binascii.Error, ValueError):
            raise Unreadable("A chunk of sound is no base64.") from None
        return StreamMedia(
            pcm,
            self.incoming.rate,
            whole(media.get("chunk")),
            whole(media.get("timestamp")),
            media.get("track") not in ("outbound", "outbound_track"),
        )

    def read_key(self, message: Message) -> StreamEvent | None:
        """Read a key of the caller's."""
        try:
            return StreamKey(KeypadEntry(str(part(message, "dtmf").get("digit"))))
        except ValueError:
            raise Unreadable("A key is none of a telephone's.") from None

    def read_mark(self, message: Message) -> StreamEvent | None:
        """Read a mark that came back."""
        return StreamMark(text(part(message, "mark"), "name"))

    def read_stop(self, message: Message) -> StreamEvent | None:
        """Read the end of the stream."""
        stop = message.get("stop")
        return StreamStopped(text(stop, "reason") if isinstance(stop, dict) else "")

    # -- writing ------------------------------------------------------------------------------------------------------

    def media(self, pcm: bytes, sample_rate: int) -> str | bytes | None:
        wire = self.outgoing.encode(pcm, sample_rate)
        return self.media_message(b64encode(wire).decode("ascii")) if wire else None

    @abstractmethod
    def media_message(self, payload: str) -> str:
        """Return the message for a chunk of sound in base64."""

    def clear(self) -> str | bytes | None:
        self.outgoing.reset()
        return self.clear_message()

    @abstractmethod
    def clear_message(self) -> str:
        """Return the message that drops what was not played."""


def quoted(value: str) -> str:
    """Return a text as JSON."""
    return json.dumps(value)


def part(message: Message, name: str) -> Message:
    """Return an object of a message; raises :class:`Unreadable`."""
    found = message.get(name)
    if not isinstance(found, dict):
        raise Unreadable(f"A message lacks {name!r}.")
    return found


def text(message: Message, name: str) -> str:
    """Return a text of a message, at most 512 characters; what is no text is empty."""
    found = message.get(name)
    if isinstance(found, int) and not isinstance(found, bool):
        found = str(found) if abs(found) < 10**30 else ""
    return found[:MAX_TEXT] if isinstance(found, str) else ""


def whole(value: object) -> int | None:
    """Return a count that may be written as text; None for anything else."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= 15:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**15 else None


def rate_of(value: object) -> int:
    """Return a sample rate; 8000 where none is given."""
    return whole(value) or 8000


def custom_of(value: object) -> dict[str, str]:
    """Return custom parameters: at most 32 texts."""
    if not isinstance(value, dict):
        return {}
    return {str(name)[:64]: text(value, name) for name in list(value)[:MAX_CUSTOM]}

"""What a streaming recogniser's vendor brings: pure translation between audio, text and its wire (services 13.3)."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, ClassVar

from .failures import Failure, VendorFailed
from .sockets import Endpoint, Message


@dataclass(frozen=True, slots=True)
class Ready:
    """The server takes audio now; only from codecs with ``waits_for_ready``."""


@dataclass(frozen=True, slots=True)
class Heard:
    """Text of one stretch of speech: a guess, or final.

    ``segment`` tells stretches apart where the vendor numbers them; ``start`` and ``end`` are seconds of the audio that
    this connection was sent; ``flushed``: this answers :meth:`STTCodec.finalize`, nothing more comes of earlier audio.
    """

    text: str
    final: bool
    segment: str | None = None
    start: float | None = None
    end: float | None = None
    confidence: float | None = None
    language: str | None = None
    flushed: bool = False


@dataclass(frozen=True, slots=True)
class Flushed:
    """Everything that was sent before ``finalize`` has been answered."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The server reports an error."""

    failure: Failure


@dataclass(frozen=True, slots=True)
class Ended:
    """The server has said its last word."""


@dataclass(frozen=True, slots=True)
class VendorEvent:
    """Something documented for this vendor only (``on_speech_started``, ``on_utterance_end``): emitted by that name."""

    name: str
    data: Mapping[str, Any] = field(default_factory=dict)


STTEvent = Ready | Heard | Flushed | Failed | Ended | VendorEvent


class STTCodec(ABC):
    """One connection's translation; the service owns sockets, time, retries and frames. Made anew per connection.

    ``keepalive_secs``: send :meth:`keepalive` after so long without audio. ``waits_for_ready``: the server says when it
    takes audio. ``confirms_flush``: it answers ``finalize``. ``interim``: it sends guesses while somebody speaks, so
    silence of two seconds means that it is deaf. ``rates``: sample rates it takes, empty for any; the last one is
    resampled to where the pipeline has another.
    """

    keepalive_secs: ClassVar[float | None] = None
    waits_for_ready: ClassVar[bool] = False
    confirms_flush: ClassVar[bool] = True
    interim: ClassVar[bool] = True
    rates: ClassVar[tuple[int, ...]] = ()
    language_map: ClassVar[Mapping[str, str]] = {}

    @abstractmethod
    def url_and_headers(self) -> Endpoint:
        """Return where to connect."""

    def on_open(self) -> Sequence[Message]:
        """Return what is sent first."""
        return ()

    def encode_audio(self, pcm: bytes) -> Message:
        """Return audio as it is sent (s16le mono)."""
        return pcm

    @abstractmethod
    def decode(self, message: Message) -> Sequence[STTEvent]:
        """Return what a message says; raises ``ValueError`` or ``LookupError`` where it cannot be read."""

    def finalize(self) -> Sequence[Message]:
        """Return what makes the server give its final text at once: the caller has stopped speaking."""
        return ()

    def keepalive(self) -> Sequence[Message]:
        """Return what keeps an idle connection open."""
        return ()

    def end(self) -> Sequence[Message]:
        """Return what ends the session in order."""
        return ()


def json_object(message: Message) -> dict[str, Any]:
    """Return a message as a JSON object; raises ``ValueError`` for anything else."""
    try:
        read = json.loads(message)
    except (UnicodeDecodeError, RecursionError) as error:
        raise ValueError("not JSON") from error
    if not isinstance(read, dict):
        raise TypeError("not an object") from None
    return read


def events_of(codec: STTCodec, message: Message) -> Sequence[STTEvent]:
    """Return what a message says; one that cannot be read becomes ``VendorFailed(UNREADABLE)`` (P6)."""
    try:
        events = codec.decode(message)
        if not all(_is_readable(event) for event in events if isinstance(event, Heard)):
            raise ValueError("a text without its form")
        return events
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise VendorFailed(Failure.UNREADABLE) from error


def _is_readable(heard: Heard) -> bool:
    """Whether a text is one, and its places are numbers."""
    numbers = (heard.start, heard.end, heard.confidence)
    return (
        isinstance(heard.text, str)
        and isinstance(heard.segment, str | None)
        and all(number is None or (isinstance(number, int | float) and isfinite(number)) for number in numbers)
    )

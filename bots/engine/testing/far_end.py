"""The far end of a carrier's media stream: it plays late, says what it has played, and remembers what was heard.

It speaks any carrier's protocol through a :class:`FarEndCodec`. Messages take their time both ways and stay in order,
as on one connection; sound waits in a buffer before it is heard; a clear empties the buffer and returns its marks, as
the carriers document it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from bots.engine.clock import BaseClock

from .caller import VOICE, Ear

BLOCK_MS = 20

Message = str | bytes


@dataclass(frozen=True, slots=True)
class FarSound:
    """Sound for the caller, s16le mono."""

    pcm: bytes


@dataclass(frozen=True, slots=True)
class FarMark:
    """A mark to be returned when everything before it was played."""

    name: str


@dataclass(frozen=True, slots=True)
class FarClear:
    """What was not played is to be thrown away."""


class FarEndCodec(Protocol):
    """The carrier's side of its protocol."""

    sample_rate: int

    def read(self, message: Message) -> FarSound | FarMark | FarClear | None:
        """Return what the server wants."""

    def media(self, pcm: bytes, sequence: int, at_ms: int) -> Message:
        """Return the message for the caller's sound, s16le mono; counted, with its time on the carrier's clock."""

    def mark(self, name: str) -> Message:
        """Return the message for a mark that was played."""


@dataclass(frozen=True, slots=True)
class Distance:
    """How far away the far end is; seconds.

    ``there`` and ``back``: each way's delay, ``jitter``: up to so much more for every message, ``buffer``: how long
    sound waits before a silent far end begins to play it. ``lost_marks``: the share of marks that never come
    back, single ones unless it is 1.
    """

    there: float = 0.03
    back: float = 0.03
    buffer: float = 0.1
    jitter: float = 0.0
    lost_marks: float = 0.0


class Road:
    """One way of the connection: what is sent arrives in order, after ``delay`` and up to ``jitter`` more."""

    def __init__(self, clock: BaseClock, deliver: Callable[[Message], None], delay: float, jitter: float) -> None:
        self._clock, self._deliver, self._delay, self._jitter = clock, deliver, delay, jitter
        self._under_way: deque[Message] = deque()
        self._last = 0.0

    def send(self, message: Message) -> None:
        """Let a message set out."""
        now = self._clock.now()
        late = self._clock.random.uniform(0.0, self._jitter) if self._jitter else 0.0
        self._last = max(self._last, now + self._delay + late)
        self._under_way.append(message)
        self._clock.call_later(self._last - now, lambda: self._deliver(self._under_way.popleft()))


class FarEnd:
    """What the caller's carrier is: ``receive`` takes what the server sends, ``inbox`` holds what it gets back.

    ``ear`` knows what the caller heard, and when; ``messages`` counts what came, by kind.
    """

    def __init__(self, clock: BaseClock, codec: FarEndCodec, distance: Distance | None = None) -> None:
        self.clock, self.codec = clock, codec
        self.distance = distance or Distance()
        self.ear = Ear(lambda: codec.sample_rate)
        self.inbox: asyncio.Queue[Message] = asyncio.Queue()
        self.arrivals: list[float] = []
        self.clears: list[float] = []
        self.marks: list[str] = []
        self._there = Road(clock, self._arrive, self.distance.there, self.distance.jitter)
        self._back = Road(clock, self.inbox.put_nowait, self.distance.back, self.distance.jitter)
        self._waiting: deque[tuple[str, asyncio.TimerHandle]] = deque()
        self._chunks = 0
        self._lost_one = False
        self._began = clock.now()

    async def receive(self, message: Message) -> None:
        """Take what the server sends; it arrives later."""
        self._there.send(message)

    def send(self, message: Message) -> None:
        """Let the server have a message; it arrives later."""
        self._back.send(message)

    async def speak(self, seconds: float, *, voiced: bool = True) -> None:
        """Let the caller speak, or be silent, for so long: chunks of 20 ms, in time."""
        samples = self.codec.sample_rate * BLOCK_MS // 1000
        for _ in range(round(seconds * 1000 / BLOCK_MS)):
            await self.clock.sleep(BLOCK_MS / 1000)
            self._chunks += 1
            at_ms = round((self.clock.now() - self._began) * 1000) - BLOCK_MS
            self.send(self.codec.media((VOICE if voiced else b"\0\0") * samples, self._chunks, at_ms))

    def _arrive(self, message: Message) -> None:
        found, now = self.codec.read(message), self.clock.now()
        if isinstance(found, FarSound):
            self.arrivals.append(now)
            self.ear.take(found.pcm, now if self.ear.plays_until > now else now + self.distance.buffer)
        elif isinstance(found, FarMark):
            self.marks.append(found.name)
            left = max(0.0, self.ear.plays_until - now)
            self._waiting.append((found.name, self.clock.call_later(left, self._played)))
        elif isinstance(found, FarClear):
            self.clears.append(now)
            self.ear.cut(now)
            while self._waiting:
                self._waiting[0][1].cancel()
                self._played()

    def _played(self) -> None:
        name, _ = self._waiting.popleft()
        if not self._is_lost():
            self.send(self.codec.mark(name))

    def _is_lost(self) -> bool:
        share = self.distance.lost_marks
        self._lost_one = share == 1.0 or (share > 0 and not self._lost_one and self.clock.random.random() < share)
        return self._lost_one

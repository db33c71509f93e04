"""The one source of time, timers, ids and chance of a call.

Everything in the engine that needs any of them asks its clock, so the same call runs again the same way under
:class:`bots.engine.testing.loop.VirtualLoop`. This is the only module that may look at the real time of day.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import random
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable


class BaseClock(ABC):
    """Time since the call began, in seconds, and what depends on it (TASK-01 ``clock``)."""

    started_at: dt.datetime
    random: random.Random

    @abstractmethod
    def now(self) -> float:
        """Return seconds since the call began; never runs backwards."""

    @abstractmethod
    def call_later(self, delay: float, action: Callable[[], object]) -> asyncio.TimerHandle:
        """Run ``action`` after ``delay`` seconds; the handle cancels it."""

    @abstractmethod
    async def sleep(self, delay: float) -> None:
        """Wait ``delay`` seconds."""

    def wall(self) -> dt.datetime:
        """Return the moment as an aware UTC date and time."""
        return self.started_at + dt.timedelta(seconds=self.now())

    def timestamp(self) -> str:
        """Return the moment in ISO 8601, UTC, milliseconds: the form transcripts carry (TRN-03)."""
        return self.wall().isoformat(timespec="milliseconds")

    def new_id(self) -> str:
        """Return a fresh opaque id (a version 4 UUID drawn from the call's own chance)."""
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))


class SystemClock(BaseClock):
    """The running event loop's time, counted from the clock's creation.

    ``started_at`` is the wall time of that instant (default: now, UTC); ``seed`` fixes ids and chance.
    """

    def __init__(self, started_at: dt.datetime | None = None, seed: int | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        self._zero = self._loop.time()
        self.started_at = started_at or dt.datetime.now(dt.UTC)
        self.random = random.Random(seed)

    def now(self) -> float:
        return self._loop.time() - self._zero

    def call_later(self, delay: float, action: Callable[[], object]) -> asyncio.TimerHandle:
        return self._loop.call_later(delay, action)

    async def sleep(self, delay: float) -> None:
        await asyncio.sleep(delay)

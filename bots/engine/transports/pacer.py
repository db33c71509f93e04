"""One timer for the paced outputs of all calls of an event loop (DESIGN section 4; spec/performance.md, point 5).

A timer per call costs a wake-up of the loop per call and block; here all outputs that have audio share one 20 ms grid
on the loop's clock. Ticks are set at absolute times, so nothing drifts, and nothing runs while no output has audio.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from weakref import WeakKeyDictionary, ref

STEP = 0.02
"""Seconds between two ticks: the length of one block of audio."""

CATCH_UP = 4
"""Ticks that a late loop makes up for (80 ms, the most that may lie ahead of the clock); older ones are left out."""

_BIN = 0.0001
_BINS = 2000
_pacers: WeakKeyDictionary[asyncio.AbstractEventLoop, Pacer]


@dataclass(frozen=True, slots=True)
class Lateness:
    """How late callbacks began, in seconds (resolution 0.1 ms); ``skipped`` counts ticks that were left out."""

    count: int
    p50: float
    p99: float
    max: float
    skipped: int


class PacerHandle:
    """An output's place on the grid; :meth:`cancel` gives it up, at once and as often as one likes."""

    __slots__ = ("_callback", "_pacer")

    def __init__(self, pacer: Pacer, callback: Callable[[float], None]) -> None:
        self._pacer: Pacer | None = pacer
        self._callback = callback

    @property
    def active(self) -> bool:
        """Whether the callback will be called again."""
        return self._pacer is not None

    def cancel(self) -> None:
        """Stop the calls."""
        if self._pacer is not None:
            self._pacer._entries.pop(self, None)
            self._pacer = None

    def run(self, due: float) -> None:
        """Call the output for the tick at ``due``; one that raises is taken off the grid."""
        if self._pacer is None:
            return
        try:
            self._callback(due)
        except BaseException:
            self.cancel()
            raise


class Pacer:
    """Calls the registered outputs every :data:`STEP` seconds of the loop's clock; use :meth:`of`."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        # Weak, and no timer is kept: the table of pacers would otherwise keep every loop alive for good.
        self._loop = ref(loop)
        self._entries: dict[PacerHandle, None] = {}
        self._tick = 0
        self._running = False
        self.reset()

    @classmethod
    def of(cls, loop: asyncio.AbstractEventLoop | None = None) -> Pacer:
        """Return the pacer of ``loop`` (default: the running one); there is exactly one per loop."""
        loop = loop or asyncio.get_running_loop()
        pacer = _pacers.get(loop)
        if pacer is None:
            pacer = _pacers[loop] = cls(loop)
        return pacer

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, callback: Callable[[float], None]) -> PacerHandle:
        """Call ``callback`` with the due time (loop's clock) of every tick from the next one on, until cancelled."""
        handle = PacerHandle(self, callback)
        self._entries[handle] = None
        if not self._running and (loop := self._loop()) is not None:
            self._running = True
            self._tick = math.floor(loop.time() / STEP) + 1
            loop.call_at(self._tick * STEP, self._due, loop)
        return handle

    # -- statistics ----------------------------------------------------------------------------------------------

    def reset(self) -> None:
        """Forget the statistics."""
        self._late = [0] * (_BINS + 1)
        self._count = 0
        self._worst = 0.0
        self._skipped = 0

    def lateness(self) -> Lateness:
        """Return how late callbacks began since the last :meth:`reset`."""
        return Lateness(self._count, self._quantile(0.5), self._quantile(0.99), self._worst, self._skipped)

    def _quantile(self, share: float) -> float:
        wanted, seen = share * self._count, 0
        for index, amount in enumerate(self._late):
            seen += amount
            if seen and seen >= wanted:
                return self._worst if index == _BINS else min(self._worst, (index + 1) * _BIN)
        return 0.0

    # -- the timer -----------------------------------------------------------------------------------------------

    def _due(self, loop: asyncio.AbstractEventLoop) -> None:
        if not self._entries:
            self._running = False
            return
        now = loop.time()
        last = max(self._tick, math.floor(now / STEP + 1e-6))
        first = max(self._tick, last - CATCH_UP + 1)
        self._skipped += first - self._tick
        self._tick = last + 1
        loop.call_at(self._tick * STEP, self._due, loop)
        for tick in range(first, last + 1):
            self._run(loop, deque(self._entries), tick * STEP)

    def _run(self, loop: asyncio.AbstractEventLoop, entries: deque[PacerHandle], due: float) -> None:
        """Run one tick; an output that raises is reported by the loop and does not cost the others theirs."""
        try:
            while entries:
                entry = entries.popleft()
                self._note(max(0.0, loop.time() - due))
                entry.run(due)
        finally:
            if entries:
                loop.call_soon(self._run, loop, entries, due)

    def _note(self, late: float) -> None:
        self._count += 1
        if late > self._worst:
            self._worst = late
        self._late[min(_BINS, int(late / _BIN))] += 1


_pacers = WeakKeyDictionary()

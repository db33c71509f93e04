"""When an event loop stood still, for those who must tell an engine's delay from a provider's (lessons T5)."""

from __future__ import annotations

import asyncio
from collections import deque
from weakref import WeakKeyDictionary, ref

STEP = 0.02
"""Seconds between two looks."""
NOTICED = 0.005
"""A look that comes later than this, seconds, tells of a loop that stood still."""
LONGEST = 30.0
"""Seconds one watch lasts at most, so that a reply that never comes does not keep the loop awake."""
REMEMBERED = 256


class LoopLag:
    """Looks at its loop's clock every 20 ms while somebody watches, and remembers when it was held up.

    One per loop (:meth:`of`), shared by all calls: without watchers there is no timer. Times are the loop's own.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = ref(loop)
        self._watchers: dict[object, float] = {}
        self._stalls: deque[tuple[float, float]] = deque(maxlen=REMEMBERED)
        self._due: float | None = None

    @classmethod
    def of(cls, loop: asyncio.AbstractEventLoop) -> LoopLag:
        """Return the watch over ``loop``; there is exactly one per loop."""
        known = _lags.get(loop)
        if known is None:
            known = _lags[loop] = cls(loop)
        return known

    def watch(self, watcher: object) -> None:
        """Look for ``watcher`` from now on, at most 30 seconds."""
        loop = self._loop()
        if loop is None:
            return
        self._watchers[watcher] = loop.time() + LONGEST
        if self._due is None:
            self._due = loop.time() + STEP
            loop.call_at(self._due, self._look, loop)

    def leave(self, watcher: object) -> None:
        """Look no longer for ``watcher``."""
        self._watchers.pop(watcher, None)

    def stalls(self, since: float) -> list[tuple[float, float]]:
        """Return begin and end of the times the loop stood still after ``since``, the one that just ended included."""
        loop, found = self._loop(), [stall for stall in self._stalls if stall[1] > since]
        if loop is not None and self._due is not None and loop.time() - self._due > NOTICED:
            found.append((self._due, loop.time()))
        return found

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        if self._due is not None and now - self._due > NOTICED:
            self._stalls.append((self._due, now))
        for watcher in [watcher for watcher, until in self._watchers.items() if until <= now]:
            del self._watchers[watcher]
        self._due = now + STEP if self._watchers else None
        if self._due is not None:
            loop.call_at(self._due, self._look, loop)


_lags: WeakKeyDictionary[asyncio.AbstractEventLoop, LoopLag] = WeakKeyDictionary()

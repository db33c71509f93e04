"""Nobody speaks: the user aggregator's own idle timer (TURN-27; the 2025 form is ``UserIdleProcessor``)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from bots.engine.clock import BaseClock


class IdleTimer:
    """Runs ``on_idle`` when nothing was said for ``seconds`` since the bot or the caller fell silent; 0: never."""

    def __init__(
        self,
        clock: BaseClock,
        seconds: float,
        on_idle: Callable[[], Awaitable[None]],
        spawn: Callable[[Coroutine[Any, Any, None], str], object],
    ) -> None:
        self._clock, self._seconds, self._on_idle, self._spawn = clock, seconds, on_idle, spawn
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Somebody fell silent: count from now."""
        self.stop()
        if self._seconds > 0:
            self._timer = self._clock.call_later(self._seconds, lambda: self._spawn(self._tell(), "user idle"))

    def stop(self) -> None:
        """Somebody speaks, or the call is over."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def _tell(self) -> None:
        self._timer = None
        await self._on_idle()

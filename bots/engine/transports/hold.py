"""An output that stands still at a sample, for a moment at most (lessons T4)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from bots.engine.core.processor import FrameProcessor

LIMIT_SECS = 3.0
"""A hold that nobody ends ends itself, and the bot goes on."""


class Hold:
    """Whether the output stands still; ``go_on`` is called when the limit is reached."""

    def __init__(self, owner: FrameProcessor, go_on: Callable[[], None]) -> None:
        self._owner, self._go_on = owner, go_on
        self._limit: asyncio.TimerHandle | None = None

    def __bool__(self) -> bool:
        return self._limit is not None

    def begin(self, at: float) -> None:
        """Stand still; the last sample is heard at media time ``at``."""
        self._limit = self._owner.clock.call_later(LIMIT_SECS, self._go_on)
        self._owner.journal.record("bot.held", {"at": round(at, 4)})

    def end(self) -> bool:
        """Stand still no longer; return whether it did."""
        limit, self._limit = self._limit, None
        if limit is not None:
            limit.cancel()
        return limit is not None

"""One thing to be done later, unless something else happens before."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from bots.engine.core.processor import FrameProcessor


class Alarm:
    """Runs a coroutine of ``owner`` after some seconds, as a task of the call; a new one takes the earlier one's place.

    What runs already is not stopped.
    """

    def __init__(self, owner: FrameProcessor) -> None:
        self._owner = owner
        self._timer: asyncio.TimerHandle | None = None

    def set(self, seconds: float, do: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do this in so many seconds."""
        self.cancel()
        self._timer = self._owner.clock.call_later(max(0.0, seconds), lambda: self._ring(do))

    def cancel(self) -> None:
        """Do nothing."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _ring(self, do: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._timer = None
        self._owner.create_task(do(), f"{self._owner.name} alarm")

"""Warns of managed tasks that have not reported in time (TASK-30…32)."""

from __future__ import annotations

import asyncio
import logging
from weakref import WeakKeyDictionary

from bots.engine.clock import BaseClock

log = logging.getLogger(__name__)


class Watchdog:
    """Expects ``reset`` from every registered task within ``timeout`` seconds; warns, never kills."""

    def __init__(self, clock: BaseClock, timeout: float, log_times: bool) -> None:
        self._clock, self._timeout, self._log_times = clock, timeout, log_times
        self._last: WeakKeyDictionary[asyncio.Task[object], float] = WeakKeyDictionary()
        self.warnings = 0

    def register(self, task: asyncio.Task[object]) -> None:
        """Watch a task."""
        self._last[task] = self._clock.now()

    def reset(self) -> None:
        """Note that the running task is alive."""
        task = asyncio.current_task()
        if task is None or task not in self._last:
            return
        now = self._clock.now()
        if self._log_times:
            log.info("task processing time", extra={"task": task.get_name(), "seconds": now - self._last[task]})
        self._last[task] = now

    async def watch(self) -> None:
        """Look at every task once a timeout, until cancelled."""
        while True:
            await self._clock.sleep(self._timeout)
            for task, last in list(self._last.items()):
                silent = self._clock.now() - last
                if not task.done() and silent >= self._timeout:
                    self.warnings += 1
                    log.warning("a task does not report", extra={"task": task.get_name(), "seconds": silent})

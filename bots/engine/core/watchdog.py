"""Warns of managed tasks that have not reported in time (TASK-30…32)."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from bots.engine.clock import BaseClock

from .settings import seconds_above_zero

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WatchdogSettings:
    """What is expected of a task; off by default, and set for a pipeline, a processor or one task (TASK-30).

    With ``timers`` it must report within ``timeout`` seconds or a warning is logged (TASK-31); with ``logging`` the
    times between its reports are (TASK-32). Raises ``pipeline.setting``.
    """

    timers: bool = False
    logging: bool = False
    timeout: float = 5.0

    def __post_init__(self) -> None:
        seconds_above_zero("watchdog_timeout_secs", self.timeout)

    def changed(self, timers: bool | None, logging: bool | None, timeout: float | None) -> WatchdogSettings:
        """Return these settings with those changed that are not None."""
        if timers is None and logging is None and timeout is None:
            return self
        return WatchdogSettings(
            self.timers if timers is None else timers,
            self.logging if logging is None else logging,
            self.timeout if timeout is None else timeout,
        )


@dataclass(slots=True)
class _Watch:
    settings: WatchdogSettings
    last: float
    timer: asyncio.TimerHandle | None = None


class Watchdog:
    """Expects ``reset`` from every registered task in its time; warns, never kills (TASK-31)."""

    def __init__(self, clock: BaseClock, settings: WatchdogSettings) -> None:
        self._clock = clock
        self.settings = settings
        self._watches: dict[asyncio.Task[object], _Watch] = {}
        self.warnings = 0

    def register(self, task: asyncio.Task[object], settings: WatchdogSettings) -> None:
        """Watch a task until it is over, if its settings want that."""
        if not (settings.timers or settings.logging) or task.done():
            return
        watch = self._watches[task] = _Watch(settings, self._clock.now())
        task.add_done_callback(self._forget)
        if settings.timers:
            self._look_in(settings.timeout, task, watch)

    def reset(self) -> None:
        """Note that the running task is alive."""
        task = asyncio.current_task()
        watch = self._watches.get(task) if task is not None else None
        if task is None or watch is None:
            return
        now = self._clock.now()
        if watch.settings.logging:
            log.info("task processing time", extra={"task": task.get_name(), "seconds": now - watch.last})
        watch.last = now

    def _look_in(self, seconds: float, task: asyncio.Task[object], watch: _Watch) -> None:
        watch.timer = self._clock.call_later(seconds, lambda: self._look(task, watch))

    def _look(self, task: asyncio.Task[object], watch: _Watch) -> None:
        silent = self._clock.now() - watch.last
        timeout = watch.settings.timeout
        if silent < timeout - 1e-6:
            self._look_in(timeout - silent, task, watch)
            return
        self.warnings += 1
        log.warning("a task does not report", extra={"task": task.get_name(), "seconds": silent})
        self._look_in(timeout, task, watch)

    def _forget(self, task: asyncio.Task[object]) -> None:
        watch = self._watches.pop(task, None)
        if watch is not None and watch.timer is not None:
            watch.timer.cancel()

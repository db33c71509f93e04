"""What watches over a running pipeline: idle time, heartbeats, tasks, and the longest duration (TASK-24…32)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

from bots.engine.clock import BaseClock
from bots.engine.frames import (
    Frame,
    FrameDirection,
    HeartbeatFrame,
    MetricsFrame,
    ProcessingMetricsData,
    TTFBMetricsData,
)

from .ending import EndDecision
from .journal import Journal
from .observer import BaseObserver
from .outcome import EndReason
from .params import PipelineParams
from .processor import FrameProcessor
from .scope import TaskScope
from .settings import frame_classes, seconds_or_none

log = logging.getLogger(__name__)


class ActivityObserver(BaseObserver):
    """Remembers when one of the frames that count as activity was last pushed (TASK-27)."""

    patience_secs = None

    def __init__(self, frame_types: tuple[type[Frame], ...]) -> None:
        frame_classes("idle_timeout_frames", frame_types)
        self.frame_types = frame_types  # type: ignore[misc]
        self.last_at = 0.0

    async def on_push_frame(
        self,
        source: FrameProcessor,
        destination: FrameProcessor | None,
        frame: Frame,
        direction: FrameDirection,
        timestamp: int,
    ) -> None:
        self.last_at = timestamp / 1e9


async def watch_idle(
    clock: BaseClock, activity: ActivityObserver, timeout: float, expired: Callable[[], Awaitable[bool]]
) -> None:
    """Call ``expired`` after ``timeout`` seconds without activity; go on while it returns True."""
    activity.last_at = clock.now()
    while True:
        left = activity.last_at + timeout - clock.now()
        if left > 1e-6:
            await clock.sleep(left)
        elif await expired():
            activity.last_at = clock.now()
        else:
            return


class Heartbeat:
    """Sends a probe a period and warns when none has arrived for the monitor's time (TASK-24, CONF-01)."""

    def __init__(self, clock: BaseClock, period: float, monitor: float, task_name: str) -> None:
        self._clock, self._period, self._monitor, self._name = clock, period, monitor, task_name
        self._arrived_at = clock.now()

    async def send(self, push: Callable[[Frame], Awaitable[None]]) -> None:
        """Push probes until cancelled."""
        while True:
            await push(HeartbeatFrame(self._clock.now()))
            await self._clock.sleep(self._period)

    async def watch(self, missed: Callable[[float], None]) -> None:
        """Call ``missed`` with the seconds since the last arrival whenever the monitor's time is over."""
        while True:
            await self._clock.sleep(self._monitor)
            silent = self._clock.now() - self._arrived_at
            if silent >= self._monitor:
                log.warning("no heartbeat arrived", extra={"task": self._name, "seconds": silent})
                missed(silent)

    def arrived(self, frame: HeartbeatFrame) -> None:
        """Note a probe that reached the sink."""
        self._arrived_at = self._clock.now()
        log.debug("heartbeat", extra={"task": self._name, "seconds": self._arrived_at - frame.sent_at})


def empty_metrics(processors: Iterable[FrameProcessor]) -> MetricsFrame:
    """Return a frame with a zero for every processor that measures itself (TASK-13, MET-06)."""
    names = [processor.name for processor in processors if processor.can_generate_metrics()]
    return MetricsFrame(
        tuple(TTFBMetricsData(name) for name in names) + tuple(ProcessingMetricsData(name) for name in names)
    )


@dataclass(slots=True)
class Monitors:
    """The watches of one task; ``idle_secs`` and ``max_duration`` in seconds, None switches them off.

    ``handler_secs``: how long the end waits for the handler of the idle event (TASK-27). A farewell needs
    ``cancel_on_idle`` off: with it on, the cancel follows the handler and drops what it queued (TASK-28, CONF-11).
    """

    clock: BaseClock
    journal: Journal
    params: PipelineParams
    end: EndDecision
    idle_secs: float | None
    activity: ActivityObserver | None
    cancel_on_idle: bool
    max_duration: float | None
    handler_secs: float
    heartbeat: Heartbeat | None = None

    def __post_init__(self) -> None:
        seconds_or_none("idle_timeout_secs", self.idle_secs)
        seconds_or_none("max_duration_secs", self.max_duration)
        if self.idle_secs is None:
            self.activity = None

    def start(
        self,
        scope: TaskScope,
        name: str,
        enter: Callable[[Frame], Awaitable[None]],
        tell_idle: Callable[[], Awaitable[None]],
    ) -> None:
        """Begin to watch; all that runs belongs to ``scope``."""
        if self.activity is not None and self.idle_secs is not None:
            scope.spawn(
                watch_idle(self.clock, self.activity, self.idle_secs, lambda: self._idle_expired(tell_idle)), "idle"
            )
        if self.max_duration is not None:
            scope.spawn(self._watch_duration(self.max_duration), "longest duration")
        if self.params.enable_heartbeats:
            period, monitor = self.params.heartbeats_period_secs, self.params.heartbeats_monitor_secs
            self.heartbeat = Heartbeat(self.clock, period, monitor, name)
            scope.spawn(self.heartbeat.send(enter), "heartbeat")
            scope.spawn(self.heartbeat.watch(self._heartbeat_missed), "heartbeat monitor")

    def heartbeat_arrived(self, frame: HeartbeatFrame) -> None:
        """Note a probe that reached the sink."""
        if self.heartbeat is not None:
            self.heartbeat.arrived(frame)

    def _heartbeat_missed(self, seconds: float) -> None:
        self.journal.record("metrics", {"heartbeat_missing_s": round(seconds, 3)})

    async def _idle_expired(self, tell_idle: Callable[[], Awaitable[None]]) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(self.handler_secs):
                await tell_idle()
        if self.cancel_on_idle:
            self.end.decide(EndReason.IDLE_TIMEOUT)
        return not self.cancel_on_idle

    async def _watch_duration(self, seconds: float) -> None:
        await self.clock.sleep(seconds)
        self.end.decide(EndReason.MAX_DURATION)

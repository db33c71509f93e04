"""What watches over a running pipeline: idle time, heartbeats, and the longest duration (TASK-24…29)."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from bots.engine.clock import BaseClock
from bots.engine.frames import Frame, FrameDirection, HeartbeatFrame

from .observer import BaseObserver

if TYPE_CHECKING:
    from .processor import FrameProcessor

log = logging.getLogger(__name__)


class ActivityObserver(BaseObserver):
    """Remembers when one of the frames that count as activity was last pushed (TASK-27)."""

    def __init__(self, frame_types: tuple[type[Frame], ...]) -> None:
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

"""Observers see frames pass without touching them (OBS-01, OBS-02)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import ClassVar

from bots.engine.clock import BaseClock
from bots.engine.frames import Frame, FrameDirection

from .events import EventSource
from .processor import Deliver, FrameProcessor
from .scope import TaskScope

log = logging.getLogger(__name__)


class BaseObserver(EventSource):
    """Told of every push of the frame classes in ``frame_types`` (None: of all).

    A frame is reported once per hop, with ``dst`` None where the pipeline ends; an observer that counts must
    remember what it has seen. The timestamp is in nanoseconds since the call began. One that raises is logged; one
    that keeps a frame waiting longer than ``patience_secs`` (None: as long as it likes) is told no more, and the call
    goes on.
    """

    frame_types: ClassVar[tuple[type[Frame], ...] | None] = None
    patience_secs: ClassVar[float | None] = 1.0

    async def on_push_frame(
        self,
        src: FrameProcessor,
        dst: FrameProcessor | None,
        frame: Frame,
        direction: FrameDirection,
        timestamp: int,
    ) -> None:
        """See one hop."""

    def attach(self, clock: BaseClock, scope: TaskScope) -> None:
        """Take the call's clock and tasks; called once, before any frame."""

    def close(self) -> None:
        """Let go of what is held; called once, after the last frame."""


class ObserverHub:
    """The observers of a task; frame classes that nobody watches cost nothing."""

    def __init__(self, observers: Iterable[BaseObserver], now: Callable[[], float]) -> None:
        self.observers = list(observers)
        self.now = now
        self._slow: set[BaseObserver] = set()

    def attach(self, clock: BaseClock, scope: TaskScope) -> None:
        """Lend every observer the call's clock and tasks."""
        self._each(lambda observer: observer.attach(clock, scope))

    def close(self) -> None:
        """Close every observer."""
        self._each(lambda observer: observer.close())

    def _each(self, do: Callable[[BaseObserver], None]) -> None:
        """Do something with every observer; one that fails harms neither the others nor the call."""
        for observer in self.observers:
            try:
                do(observer)
            except Exception:
                log.exception("an observer failed", extra=_named(observer))

    def watches(self, kind: type[Frame]) -> bool:
        """Whether somebody observes frames of this class."""
        return any(o.frame_types is None or issubclass(kind, o.frame_types) for o in self.observers)

    def watched(
        self,
        source: FrameProcessor,
        target: FrameProcessor | None,
        kind: type[Frame],
        direction: FrameDirection,
        deliver: Deliver,
    ) -> Deliver:
        """Return ``deliver``, preceded by the observers of ``kind`` if there are any."""
        watching = [o for o in self.observers if o.frame_types is None or issubclass(kind, o.frame_types)]
        if not watching:
            return deliver

        told = [(observer, observer.on_push_frame, observer.patience_secs) for observer in watching]

        async def observed(frame: Frame) -> None:
            timestamp = int(self.now() * 1e9)
            for observer, tell, patience in told:
                if observer in self._slow:
                    continue
                try:
                    if patience is None:
                        await tell(source, target, frame, direction, timestamp)
                    else:
                        async with asyncio.timeout(patience) as limit:
                            await tell(source, target, frame, direction, timestamp)
                except Exception:
                    if patience is not None and limit.expired():
                        self._slow.add(observer)
                        log.error("an observer held up a call and is told no more", extra=_named(observer))
                        continue
                    log.exception("an observer failed", extra=_named(observer))
            await deliver(frame)

        return observed


def _named(observer: BaseObserver) -> dict[str, str]:
    return {"observer": type(observer).__name__}

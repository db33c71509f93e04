"""Who is next: compiled once per frame class and direction, so that a hop is a direct call (DESIGN section 4)."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Generator, Sequence

from bots.engine.errors import EngineError
from bots.engine.frames import ErrorFrame, Frame, FrameDirection, SystemFrame

from .observer import ObserverHub
from .processor import Deliver, FrameProcessor, Handled

log = logging.getLogger(__name__)

Steps = list[tuple[FrameProcessor, Deliver]]
DOWN, UP = FrameDirection.DOWNSTREAM, FrameDirection.UPSTREAM


class _Done:
    """An awaitable that is already over: what a push returns when nobody is next."""

    __slots__ = ()

    def __await__(self) -> Generator[None, None, None]:
        return
        yield

    def close(self) -> None:
        """Nothing is left to end: it may stand where a coroutine does."""


_DONE = _Done()


def _nowhere(frame: Frame) -> Awaitable[None]:
    return _DONE


def _takes_everything(processor: FrameProcessor) -> bool:
    return type(processor).process_frame is not FrameProcessor.process_frame


def _marks(processor: FrameProcessor, kind: type[Frame], direction: FrameDirection) -> list[tuple[str, Handled]]:
    return [
        (name, mark)
        for name, mark in processor._handled
        if issubclass(kind, mark.types) and mark.direction in (None, direction)
    ]


class CompiledRoutes(dict[type[Frame], Deliver]):
    """Where a frame goes from one place of the chain in one direction; entries are compiled at first sight."""

    __slots__ = ("_direction", "_index", "chain")

    def __init__(self, chain: Chain, index: int, direction: FrameDirection) -> None:
        super().__init__()
        self.chain, self._index, self._direction = chain, index, direction

    def __missing__(self, kind: type[Frame]) -> Deliver:
        deliver = self[kind] = self.chain.compile(self._index, kind, self._direction)
        return deliver


class Chain:
    """Processors in order, linked so that each push finds the next processor that wants the frame."""

    def __init__(self, processors: Sequence[FrameProcessor], observers: ObserverHub) -> None:
        self.processors = list(processors)
        self._observers = observers
        self._handling: dict[tuple[FrameProcessor, type[Frame], FrameDirection], Deliver] = {}
        self._places = {processor: index for index, processor in enumerate(self.processors)}
        for index, processor in enumerate(self.processors):
            processor.link(CompiledRoutes(self, index, DOWN), CompiledRoutes(self, index, UP))

    def compile(self, index: int, kind: type[Frame], direction: FrameDirection) -> Deliver:
        """Find the next place for a frame class and return the call that takes it there."""
        target = self._next(index, kind, direction)
        deliver = self._entry(target, kind, direction) if target is not None else _nowhere
        return self._observers.watched(self.processors[index], target, kind, direction, deliver)

    def _next(self, index: int, kind: type[Frame], direction: FrameDirection) -> FrameProcessor | None:
        behind = self.processors[index + 1 :] if direction is DOWN else self.processors[:index][::-1]
        return next((processor for processor in behind if self._wants(processor, kind, direction)), None)

    @staticmethod
    def _wants(processor: FrameProcessor, kind: type[Frame], direction: FrameDirection) -> bool:
        keeps_order = processor.waits and direction is DOWN and not issubclass(kind, SystemFrame)
        return _takes_everything(processor) or keeps_order or bool(_marks(processor, kind, direction))

    def _entry(self, target: FrameProcessor, kind: type[Frame], direction: FrameDirection) -> Deliver:
        handling = self.handling(target, kind, direction)
        if not target.waits or issubclass(kind, SystemFrame):
            return handling
        handled = _takes_everything(target) or bool(_marks(target, kind, direction))

        def enqueue(frame: Frame) -> Awaitable[None]:
            inbox = target.inbox
            if inbox is None or (not handled and inbox.idle):
                return handling(frame)
            inbox.put(frame, direction)
            return _DONE

        return enqueue

    def handling(self, target: FrameProcessor, kind: type[Frame], direction: FrameDirection) -> Deliver:
        """Return the call that runs a processor's handlers for a frame class and lets the frame go on."""
        key = (target, kind, direction)
        if (known := self._handling.get(key)) is None:
            known = self._handling[key] = self._compile_handling(target, kind, direction)
        return known

    def handle_at(self, target: FrameProcessor, frame: Frame, direction: FrameDirection) -> Awaitable[None]:
        """Run a processor's handlers for one frame, now."""
        return self.handling(target, frame.__class__, direction)(frame)

    def _compile_handling(self, target: FrameProcessor, kind: type[Frame], direction: FrameDirection) -> Deliver:
        if _takes_everything(target):
            process = target.process_frame

            async def entire(frame: Frame) -> None:
                try:
                    await process(frame, direction)
                except Exception as error:
                    await _report(target, frame, error)

            return entire
        steps, onward = self._steps(target, kind, direction)
        if len(steps) == 1 and onward is None:
            return _alone(*steps[0])

        async def flow(frame: Frame) -> None:
            for owner, method in steps:
                try:
                    await method(frame)
                except Exception as error:
                    await _report(owner, frame, error)
            if onward is not None:
                await onward(frame)

        return flow

    def _steps(
        self, target: FrameProcessor, kind: type[Frame], direction: FrameDirection
    ) -> tuple[Steps, Deliver | None]:
        """Line up the handlers from ``target`` on that may run one after the other without a hop between them.

        They end where a frame is consumed, must queue, is watched, or enters a ``process_frame`` of its own. What comes
        next is returned beside them. Calls one inside the other cost several times as much as calls in a row.
        """
        steps: Steps = []
        while True:
            marks = _marks(target, kind, direction)
            steps += [(target, getattr(target, name)) for name, _ in marks]
            if any(mark.consume for _, mark in marks):
                return steps, None
            following = self._next(self._places[target], kind, direction)
            queues = following is not None and following.waits and not issubclass(kind, SystemFrame)
            if following is None or queues or _takes_everything(following) or self._observers.watches(kind):
                routes = target._down if direction is DOWN else target._up
                assert routes is not None  # noqa: S101 (linked in the constructor)
                onward = routes[kind]
                return steps, None if onward is _nowhere else onward
            target = following


def _alone(target: FrameProcessor, method: Deliver) -> Deliver:
    async def alone(frame: Frame) -> None:
        try:
            await method(frame)
        except Exception as error:
            await _report(target, frame, error)

    return alone


async def _report(target: FrameProcessor, frame: Frame, error: Exception) -> None:
    """Turn an exception of a handler into an error frame; one that fails on an error frame is only logged."""
    log.warning(
        "a processor failed",
        extra={"processor": target.name, "frame": type(frame).__name__, "error": type(error).__name__},
    )
    if not isinstance(frame, ErrorFrame):
        said = error.message if isinstance(error, EngineError) else f"{target.name} failed on {type(frame).__name__}."
        await target.push_error(said, error)

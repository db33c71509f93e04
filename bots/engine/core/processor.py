"""The frame processor: names what it handles, hands on the rest (PIPE-01…06)."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, ClassVar, Protocol

from bots.engine.clock import BaseClock
from bots.engine.errors import EngineError, PipelineError
from bots.engine.frames import (
    ErrorFrame,
    Frame,
    FrameDirection,
    InterruptionTaskFrame,
    StartFrame,
    SystemFrame,
)

from .events import EventSource
from .inbox import Inbox
from .journal import Journal
from .ledger import Ledger
from .scope import TaskScope
from .settings import seconds_above_zero
from .watchdog import Watchdog

Deliver = Callable[[Frame], Awaitable[None]]
Handler = Callable[[Any, Any], Coroutine[Any, Any, None]]
_numbers: defaultdict[str, count[int]] = defaultdict(count)


@dataclass(frozen=True, slots=True)
class Handled:
    """What a method handles: frame classes, one direction or both (None), and whether frames end there."""

    types: tuple[type[Frame], ...]
    direction: FrameDirection | None
    consume: bool


@dataclass(frozen=True, slots=True)
class ProcessorSetup:
    """What the task lends to each processor: its clock, tasks, journal and ledger, and the calls back to it."""

    clock: BaseClock
    scope: TaskScope
    journal: Journal
    ledger: Ledger
    interrupt: Callable[[str], Awaitable[None]]
    progress: Callable[[], None]
    watchdog: Watchdog


class Neighbours(Protocol):
    """The chain a processor stands in."""

    @property
    def processors(self) -> Sequence[FrameProcessor]:
        """Everyone in it, in order."""

    def handle_at(self, target: FrameProcessor, frame: Frame, direction: FrameDirection) -> Awaitable[None]:
        """Run a processor's handlers for one frame, now."""


class Routes(Protocol):
    """The ways from a processor in one direction: per frame class, the call that takes a frame on."""

    @property
    def chain(self) -> Neighbours:
        """The chain these ways lead along."""

    def __getitem__(self, kind: type[Frame], /) -> Deliver:
        """Return the way of a frame class."""


def handles(
    *types: type[Frame], direction: FrameDirection | None = None, consume: bool = False
) -> Callable[[Handler], Handler]:
    """Mark an async method ``(self, frame)`` as the handler of these frame classes and their subclasses.

    The frame goes on to the next processor after the handler has returned, unless ``consume`` is set. ``direction``
    limits it to frames that travel that way.
    """

    def mark(method: Handler) -> Handler:
        method.__handled__ = Handled(types, direction, consume)  # type: ignore[attr-defined]
        return method

    return mark


class FrameProcessor(EventSource):
    """A step of a pipeline.

    Subclasses mark methods with :func:`handles`; frames that none of them names pass by without entering. Overriding
    ``process_frame(frame, direction)`` as the documents show receives every frame and must push it on (PIPE-02).
    A class with ``waits = True`` gets one bounded inbox and one worker: data and control frames queue there in order
    while system frames are handled at once. The watchdog arguments set this processor's tasks apart from the
    pipeline's (TASK-30). Risky work belongs into ``try`` and ``push_error``; what escapes all the same becomes an error
    frame, and the frame that was worked on goes no further (PIPE-12). Prints as ``Class#N`` (PIPE-10).
    """

    waits: ClassVar[bool] = False
    _handled: ClassVar[tuple[tuple[str, Handled], ...]] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        found: dict[str, Handled] = dict(cls._handled)
        for name, member in vars(cls).items():
            if (mark := getattr(member, "__handled__", None)) is not None:
                found[name] = mark
            else:
                found.pop(name, None)
        cls._handled = tuple(found.items())

    def __init__(
        self,
        *,
        name: str | None = None,
        enable_watchdog_timers: bool | None = None,
        enable_watchdog_logging: bool | None = None,
        watchdog_timeout_secs: float | None = None,
    ) -> None:
        kind = type(self).__name__
        self.named = name is not None
        self.name = name or f"{kind}#{next(_numbers[kind])}"
        self._setup: ProcessorSetup | None = None
        self._down: Routes | None = None
        self._up: Routes | None = None
        self.inbox: Inbox | None = None
        self.started_by_group = False
        if watchdog_timeout_secs is not None:
            seconds_above_zero("watchdog_timeout_secs", watchdog_timeout_secs)
        self._watched = (enable_watchdog_timers, enable_watchdog_logging, watchdog_timeout_secs)

    def __str__(self) -> str:
        return self.name

    # -- what the task lends ------------------------------------------------------------------------------------

    @property
    def setup_data(self) -> ProcessorSetup:
        """What the task lent; an error before the pipeline was set up."""
        if self._setup is None:
            raise PipelineError(f"{self.name} is used before its pipeline runs.")
        return self._setup

    @property
    def clock(self) -> BaseClock:
        """The call's clock."""
        return self.setup_data.clock

    @property
    def journal(self) -> Journal:
        """The call's journal."""
        return self.setup_data.journal

    @property
    def ledger(self) -> Ledger:
        """The call's ledger of heard words."""
        return self.setup_data.ledger

    def setup(self, setup: ProcessorSetup) -> None:
        """Take what the task lends; called once, before any frame."""
        self._setup = setup
        if self.waits:
            self.inbox = Inbox(
                self.name, self.deliver_now, scope=setup.scope, journal=setup.journal, progress=setup.progress
            )

    def link(self, down: Routes, up: Routes) -> None:
        """Take the routes away from here; called by the pipeline."""
        self._down, self._up = down, up

    # -- hooks ---------------------------------------------------------------------------------------------------

    async def start(self, frame: StartFrame) -> None:
        """Get ready (connect, load); the call starts when all processors have returned."""

    def on_interruption(self) -> None:
        """Forget what was being generated, at once; the inbox is already emptied and its worker cancelled."""

    async def cleanup(self) -> None:
        """Release what is held; called once at the end, whatever happened."""

    def can_generate_metrics(self) -> bool:
        """Whether this processor measures itself (LLM-21)."""
        return False

    # -- frames --------------------------------------------------------------------------------------------------

    def push_frame(self, frame: Frame, direction: FrameDirection = FrameDirection.DOWNSTREAM) -> Awaitable[None]:
        """Hand a frame to the next processor that way which knows it (PIPE-03); await the result."""
        routes = self._down if direction is FrameDirection.DOWNSTREAM else self._up
        if routes is None:
            raise PipelineError(f"{self.name} pushes a frame but is in no pipeline.")
        return routes[frame.__class__](frame)

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Run the handlers that name this frame; overriding it receives every frame (PIPE-02)."""
        for name, mark in self._handled:
            if isinstance(frame, mark.types) and mark.direction in (None, direction):
                await getattr(self, name)(frame)

    async def deliver_now(self, frame: Frame, direction: FrameDirection) -> None:
        """Handle a frame here and let it go on, without queueing; used by the inbox's worker."""
        routes = self._up if direction is FrameDirection.DOWNSTREAM else self._down
        assert routes is not None  # noqa: S101 (a worker exists only after linking)
        await routes.chain.handle_at(self, frame, direction)

    async def queue_frame(self, frame: Frame, direction: FrameDirection = FrameDirection.DOWNSTREAM) -> None:
        """Feed a frame to this processor as if it had just arrived (PIPE-06)."""
        if self.inbox is not None and not isinstance(frame, SystemFrame):
            self.inbox.put(frame, direction)
        else:
            await self.deliver_now(frame, direction)

    async def push_error(self, message: str, exception: BaseException | None = None, *, fatal: bool = False) -> None:
        """Report a failure upstream without raising (PIPE-04)."""
        known = exception if isinstance(exception, EngineError) else EngineError(message)
        await self.push_frame(
            ErrorFrame(
                message, fatal, exception, self.name, code=known.code, owner=known.owner, next_step=known.next_step
            ),
            FrameDirection.UPSTREAM,
        )

    async def interrupt(self, reason: str) -> None:
        """Cut the bot off now (TURN-14): one step of the task, not a relay through the pipeline."""
        await self.setup_data.interrupt(reason)

    async def request_interruption(self, reason: str) -> None:
        """Ask the task for an interruption by a frame, as the documents do (RTVI-10)."""
        await self.push_frame(InterruptionTaskFrame(reason), FrameDirection.UPSTREAM)

    # -- tasks ---------------------------------------------------------------------------------------------------

    def create_task(
        self,
        coroutine: Coroutine[Any, Any, Any],
        name: str | None = None,
        *,
        enable_watchdog_timers: bool | None = None,
        enable_watchdog_logging: bool | None = None,
        watchdog_timeout_secs: float | None = None,
    ) -> asyncio.Task[Any]:
        """Start a task that the call owns (PIPE-05), watched as it, this processor or the call wants (TASK-30)."""
        task = self.setup_data.scope.spawn(coroutine, name or f"{self.name} task")
        watchdog = self.setup_data.watchdog
        own = (enable_watchdog_timers, enable_watchdog_logging, watchdog_timeout_secs)
        watchdog.register(task, watchdog.settings.changed(*self._watched).changed(*own))
        return task

    def reset_watchdog(self) -> None:
        """Report that the running task is alive (TASK-31)."""
        self.setup_data.watchdog.reset()

    async def cancel_task(self, task: asyncio.Task[Any], timeout: float = 1.0) -> None:
        """Cancel one of this processor's tasks and wait for its end, at most ``timeout`` seconds."""
        task.cancel()
        await asyncio.wait({task}, timeout=timeout)

    async def wait_for_task(self, task: asyncio.Task[Any], timeout: float | None = None) -> None:
        """Wait for one of this processor's tasks."""
        await asyncio.wait({task}, timeout=timeout)

"""A service outside of any pipeline: a clock, tasks and a journal of its own, and frames that go nowhere."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

from bots.engine.clock import BaseClock
from bots.engine.core.journal import Journal
from bots.engine.core.ledger import Ledger
from bots.engine.core.processor import Deliver, FrameProcessor, Neighbours, ProcessorSetup
from bots.engine.core.scope import TaskScope
from bots.engine.core.watchdog import Watchdog, WatchdogSettings
from bots.engine.errors import PipelineError
from bots.engine.frames import Frame


class Nowhere:
    """Routes of a processor that has no neighbours."""

    @property
    def chain(self) -> Neighbours:
        """There is none; only a queue of a pipeline asks for it."""
        raise PipelineError("A service that stands alone has no pipeline.")

    def __getitem__(self, kind: type[Frame], /) -> Deliver:
        return _drop


def _drop(frame: Frame) -> Awaitable[None]:
    """Let a frame go; nobody is next."""
    done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    done.set_result(None)
    return done


async def _nothing(*args: Any) -> None:
    """Nobody is interrupted, nobody hears of a failure."""


def stand_alone(service: FrameProcessor, clock: BaseClock) -> None:
    """Set a service up for use without a pipeline; one that has its place already is left alone."""
    try:
        assert service.setup_data is not None  # noqa: S101 (raises where there is no place yet)
    except PipelineError:
        scope = TaskScope(_nothing)
        watchdog = Watchdog(clock, WatchdogSettings())
        setup = ProcessorSetup(clock, scope, Journal(clock), Ledger(), _nothing, lambda: None, watchdog)
        service.setup(setup)
        service.link(Nowhere(), Nowhere())

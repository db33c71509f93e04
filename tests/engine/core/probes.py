"""Processors that note what reaches them, and a pipeline run in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from bots.engine.clock import SystemClock
from bots.engine.core.journal import Journal, JournalEvent
from bots.engine.core.outcome import Outcome
from bots.engine.core.pipeline import Pipeline
from bots.engine.core.processor import FrameProcessor
from bots.engine.core.task import PipelineTask
from bots.engine.frames import Frame, FrameDirection, TextFrame
from bots.engine.testing.loop import run_virtual

DOWN, UP = FrameDirection.DOWNSTREAM, FrameDirection.UPSTREAM


class Probe(FrameProcessor):
    """Receives everything and hands it on."""

    def __init__(self, name: str = "probe") -> None:
        super().__init__(name=name)
        self.seen: list[tuple[Frame, FrameDirection]] = []

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        self.seen.append((frame, direction))
        await self.push_frame(frame, direction)

    def of(self, *kinds: type[Frame], direction: FrameDirection = DOWN) -> list[Any]:
        """What came that way, of these classes."""
        return [frame for frame, way in self.seen if way is direction and isinstance(frame, kinds)]


class Run:
    """A task that runs, and what it journaled."""

    def __init__(self, *processors: FrameProcessor, **options: Any) -> None:
        self.clock = SystemClock(seed=1)
        self.journal = Journal(self.clock)
        self.events: list[JournalEvent] = []
        self.journal.listen(self.events.append)
        options = {"idle_timeout_secs": None} | options
        self.task = PipelineTask(Pipeline(list(processors)), clock=self.clock, journal=self.journal, **options)
        self.outcome: Outcome | None = None

    def codes(self) -> list[str]:
        """The codes of all error events."""
        return [event.data["code"] for event in self.events if event.kind == "error"]

    async def perform(self, play: Callable[[Run], Awaitable[None]]) -> Run:
        """Start, play, cancel what still runs."""
        running = asyncio.create_task(self.task.run())
        while self.task.state in ("created", "starting"):
            await self.clock.sleep(0.001)
        await play(self)
        await self.task.cancel()
        self.outcome = await running
        return self


def in_a_run(make: Callable[[], Run], play: Callable[[Run], Awaitable[None]]) -> Run:
    """Build inside a virtual loop, run, and return what is left."""

    async def main() -> Run:
        run = await make().perform(play)
        assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []
        return run

    return run_virtual(main())


async def send(run: Run, *sent: Frame) -> None:
    """Queue frames and give them all the time they need."""
    await run.task.queue_frames(sent)
    await run.clock.sleep(10)


def texts(probe: Probe) -> list[str]:
    """The texts that came downstream."""
    return [frame.text for frame in probe.of(TextFrame)]

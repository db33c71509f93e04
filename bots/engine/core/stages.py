"""What a task does to all processors at once: get them ready, silence them, release them."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Any, TypeVar

from bots.engine.clock import BaseClock
from bots.engine.frames import StartFrame

from .processor import FrameProcessor, ProcessorSetup
from .scope import FailureHandler, TaskScope

T = TypeVar("T")


@dataclass(slots=True)
class StartReport:
    """Who failed to start, and who was not ready in time."""

    failures: list[tuple[FrameProcessor, Exception]] = field(default_factory=list)
    late: list[FrameProcessor] = field(default_factory=list)

    @property
    def ready(self) -> bool:
        """Whether every processor is ready."""
        return not self.failures and not self.late


def set_up_all(processors: Iterable[FrameProcessor], setup: ProcessorSetup) -> None:
    """Lend each processor what it needs, and count those of each class so that names do not depend on other calls."""
    numbers: defaultdict[str, count[int]] = defaultdict(count)
    for processor in processors:
        if not processor.named:
            kind = type(processor).__name__
            processor.name = f"{kind}#{next(numbers[kind])}"
        processor.setup(setup)


async def start_all(
    processors: Iterable[FrameProcessor],
    frame: StartFrame,
    scope: TaskScope,
    deadline: float,
    ended: asyncio.Future[Any],
    clock: BaseClock,
) -> StartReport:
    """Start all processors side by side, at most ``deadline`` seconds or until the call is ended."""
    report = StartReport()
    latest = clock.now() + deadline

    async def ready(processor: FrameProcessor) -> None:
        try:
            await processor.start(frame)
        except Exception as error:
            report.failures.append((processor, error))

    starting = {
        scope.spawn(ready(processor), f"{processor.name} start"): processor
        for processor in processors
        if type(processor).start is not FrameProcessor.start and not processor.started_by_group
    }
    waiting = set(starting)
    while waiting and not report.failures and not ended.done():
        left = max(0.0, latest - clock.now())
        done, _ = await asyncio.wait({*waiting, ended}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        waiting -= done
        if not done:
            break
    report.late = [starting[task] for task in waiting] if not ended.done() and not report.failures else []
    return report


def silence_all(
    processors: Iterable[FrameProcessor], *, source: FrameProcessor
) -> list[tuple[FrameProcessor, Exception]]:
    """Stop all generation at once and empty the inboxes, except that of ``source``; return whose hook failed."""
    failures = []
    in_order = list(processors)
    for processor in reversed(in_order):
        try:
            processor.on_interruption()
        except Exception as error:
            failures.append((processor, error))
    for processor in in_order:
        if processor.inbox is not None and processor is not source:
            processor.inbox.interrupt()
    return failures


async def to_its_end(work: Coroutine[Any, Any, T]) -> T:
    """Do something that a cancellation only delays; raises the ``CancelledError`` when it is done."""
    task = asyncio.get_running_loop().create_task(work, name="close of the call")
    cancelled = False
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            cancelled = True
    if cancelled:
        raise asyncio.CancelledError
    return task.result()


async def cleanup_all(
    processors: Iterable[FrameProcessor], deadline: float, grace: float, on_failure: FailureHandler
) -> list[str]:
    """Clean up all processors side by side; return the names of those that did not come back in time."""
    scope = TaskScope(on_failure)
    tasks = {
        scope.spawn(processor.cleanup(), f"{processor.name} cleanup")
        for processor in processors
        if type(processor).cleanup is not FrameProcessor.cleanup
    }
    if tasks:
        await asyncio.wait(tasks, timeout=deadline)
    return await scope.close(grace)

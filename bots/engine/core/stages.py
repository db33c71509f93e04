"""The first and the last stage of a task: getting every processor ready, and releasing every one of them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from bots.engine.frames import StartFrame

from .processor import FrameProcessor
from .scope import TaskScope

log = logging.getLogger(__name__)


@dataclass(slots=True)
class StartReport:
    """Who failed to start, and who was not ready in time."""

    failures: list[tuple[FrameProcessor, Exception]] = field(default_factory=list)
    late: list[FrameProcessor] = field(default_factory=list)

    @property
    def ready(self) -> bool:
        """Whether every processor is ready."""
        return not self.failures and not self.late


async def start_all(
    processors: Iterable[FrameProcessor], frame: StartFrame, scope: TaskScope, deadline: float, ended: asyncio.Future[Any]
) -> StartReport:
    """Start all processors side by side, at most ``deadline`` seconds or until the call is ended."""
    report = StartReport()

    async def ready(processor: FrameProcessor) -> None:
        try:
            await processor.start(frame)
        except Exception as error:
            report.failures.append((processor, error))

    starting = {
        scope.spawn(ready(processor), f"{processor.name} start"): processor
        for processor in processors
        if type(processor).start is not FrameProcessor.start
    }
    waiting = set(starting)
    while waiting and not report.failures and not ended.done():
        done, _ = await asyncio.wait({*waiting, ended}, timeout=deadline, return_when=asyncio.FIRST_COMPLETED)
        waiting -= done
        if not done:
            break
    report.late = [starting[task] for task in waiting] if not ended.done() and not report.failures else []
    return report


async def cleanup_all(processors: Iterable[FrameProcessor], deadline: float, grace: float) -> list[str]:
    """Clean up all processors side by side; return the names of those that did not come back in time."""

    async def failed(name: str, error: Exception) -> None:
        log.warning("a processor's cleanup failed", extra={"task": name, "error": type(error).__name__})

    scope = TaskScope(failed)
    tasks = {
        scope.spawn(processor.cleanup(), f"{processor.name} cleanup")
        for processor in processors
        if type(processor).cleanup is not FrameProcessor.cleanup
    }
    if tasks:
        await asyncio.wait(tasks, timeout=deadline)
    return await scope.close(grace)

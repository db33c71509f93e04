"""The asyncio tasks of a call: all owned, all ended, even those that refuse.

``asyncio.TaskGroup`` waits for its children without end, so one child that swallows its cancellation would keep a call
open for good (ADR 0004). A scope cancels, waits for its deadline, and then closes the coroutine itself.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any

from .tasks import BaseTaskManager, TaskManager

log = logging.getLogger(__name__)


FailureHandler = Callable[[str, Exception], Awaitable[None]]


class TaskScope:
    """Owns the tasks of one call, made by ``manager``; ``on_failure`` hears of exceptions that leave a task."""

    def __init__(self, on_failure: FailureHandler, manager: BaseTaskManager | None = None) -> None:
        self._manager = manager or TaskManager()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._on_failure: FailureHandler | None = on_failure
        self._closed = False

    def __len__(self) -> int:
        return len(self._tasks)

    def spawn(self, coroutine: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        """Start a task that ends with the scope at the latest; after the scope closed nothing starts any more."""
        if self._closed:
            coroutine.close()
            ended: asyncio.Task[Any] = asyncio.get_running_loop().create_task(_nothing(), name=name)
            return ended
        task = self._manager.create_task(self._run(coroutine, name), name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        # A task that is cancelled before its first step never touches the coroutine it was given.
        task.add_done_callback(lambda _: _end(coroutine))
        return task

    async def _run(self, coroutine: Coroutine[Any, Any, Any], name: str) -> Any:
        try:
            return await coroutine
        except Exception as error:
            log.warning("a task of the call failed", extra={"task": name, "error": type(error).__name__})
            if self._on_failure is not None:
                await self._on_failure(name, error)
            return None

    async def close(self, grace: float) -> list[str]:
        """Cancel every task and wait at most twice ``grace`` seconds; return the names of those that had to be forced.

        Called from outside the scope's own tasks. A task that swallows its cancellation is closed: its coroutine is
        ended where it stands, so nothing of it is left to run.
        """
        self._closed = True
        current = asyncio.current_task()
        stubborn = {task for task in self._tasks if task is not current}
        for task in stubborn:
            task.cancel()
        if stubborn:
            _, stubborn = await asyncio.wait(stubborn, timeout=grace)
        forced = [task.get_name() for task in stubborn]
        for task in stubborn:
            _force(task)
        if stubborn:
            await asyncio.wait(stubborn, timeout=grace)
        self._on_failure = None
        return forced


async def _nothing() -> None:
    return None


def _end(coroutine: Coroutine[Any, Any, Any]) -> None:
    with suppress(RuntimeError):
        coroutine.close()


def _force(task: asyncio.Task[Any]) -> None:
    """End a task whose code does not let itself be cancelled.

    Closing the coroutine raises ``GeneratorExit`` where it waits; the cancel that follows wakes the task, which finds
    its coroutine over and finishes with a ``RuntimeError`` that is read here so that nobody is warned of it later.
    """
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    coroutine = task.get_coro()
    try:
        if coroutine is not None:
            coroutine.close()
    except (RuntimeError, ValueError):
        log.error("a task of the call could not be ended", extra={"task": task.get_name()})
    task.cancel()

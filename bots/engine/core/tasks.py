"""Where the asyncio tasks of a pipeline come from (TASK-01 ``task_manager``)."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Coroutine, Sequence
from typing import Any


class BaseTaskManager(ABC):
    """Makes the tasks of a pipeline; give one to ``PipelineTask`` to name, count or place them (TASK-01).

    Who ends them is not its business: the pipeline's scope cancels every task it asked for, at the latest when the
    call is over.
    """

    @abstractmethod
    def create_task(self, coroutine: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        """Start a coroutine as a task of the running loop."""

    @abstractmethod
    def current_tasks(self) -> Sequence[asyncio.Task[Any]]:
        """Return the tasks that are not over."""


class TaskManager(BaseTaskManager):
    """Makes plain tasks of the running loop and knows which of them still run (TASK-01)."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def create_task(self, coroutine: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        task = asyncio.get_running_loop().create_task(coroutine, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def current_tasks(self) -> Sequence[asyncio.Task[Any]]:
        return tuple(self._tasks)

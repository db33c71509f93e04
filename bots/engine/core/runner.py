"""Runs tasks as an outer program wants it (TASK-17, TASK-18)."""

from __future__ import annotations

import asyncio
import gc
import signal

from .outcome import EndReason, Outcome
from .settings import CHECK
from .task import PipelineTask


class PipelineRunner:
    """Owns the life of a task (TASK-17, TASK-18).

    ``handle_sigint`` cancels the call on Ctrl-C; leave it off where an outer process handles signals, as every web
    server does. ``force_gc`` collects garbage after each call.
    """

    def __init__(self, *, handle_sigint: bool = False, force_gc: bool = False) -> None:
        CHECK.flags(handle_sigint=handle_sigint, force_gc=force_gc)
        self._handle_sigint, self._force_gc = handle_sigint, force_gc

    async def run(self, task: PipelineTask) -> Outcome:
        """Run one task to its outcome."""
        loop = asyncio.get_running_loop()
        stopping: list[asyncio.Task[None]] = []
        if self._handle_sigint:
            loop.add_signal_handler(
                signal.SIGINT,
                lambda: stopping.append(loop.create_task(task.cancel(EndReason.CANCELLED, "interrupted by the user"))),
            )
        try:
            return await task.run()
        finally:
            if self._handle_sigint:
                loop.remove_signal_handler(signal.SIGINT)
            if self._force_gc:
                gc.collect()

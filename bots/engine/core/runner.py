"""Runs tasks as an outer program wants it (TASK-17, TASK-18)."""

from __future__ import annotations

import asyncio
import gc
import signal

from .outcome import EndReason, Outcome
from .task import PipelineTask


class PipelineRunner:
    """Owns the life of a task; ``handle_sigint`` ends it gracefully on Ctrl-C (never in a web server)."""

    def __init__(self, *, handle_sigint: bool = False, force_gc: bool = False) -> None:
        self._handle_sigint, self._force_gc = handle_sigint, force_gc

    async def run(self, task: PipelineTask) -> Outcome:
        """Run one task to its outcome."""
        loop = asyncio.get_running_loop()
        if self._handle_sigint:
            loop.add_signal_handler(
                signal.SIGINT,
                lambda: asyncio.ensure_future(task.cancel(EndReason.CANCELLED, "interrupted by the user")),
            )
        try:
            return await task.run()
        finally:
            if self._handle_sigint:
                loop.remove_signal_handler(signal.SIGINT)
            if self._force_gc:
                gc.collect()

"""An event loop whose clock jumps to the next timer, so a minute of conversation takes a moment (DESIGN 1.1)."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from typing import Any, TypeVar

from bots.engine.errors import EngineError

T = TypeVar("T")


class VirtualDeadlock(EngineError):
    """Everything waits and nothing is due."""

    code = "testing.deadlock"
    next_step = "Look at what the program waits for: no timer, socket or executor is left to wake it."


class _Selector(selectors.DefaultSelector):
    """Never waits: the time it is asked to wait is added to the loop's clock."""

    def __init__(self) -> None:
        super().__init__()
        self.skipped = 0.0
        self.busy = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready: list[tuple[selectors.SelectorKey, int]] = super().select(0)
        if ready or timeout == 0:
            return ready
        if self.busy:
            return super().select(1.0)
        if timeout is None:
            raise VirtualDeadlock("Everything waits and nothing is due: the virtual loop would stand still for ever.")
        self.skipped += timeout
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """Runs the same program the same way every time, in virtual seconds.

    Timers fire in order without waiting. Work in an executor is waited for in real time while the virtual clock stands
    still, so its result arrives at the same virtual moment on every machine. When nothing is left that could wake the
    program, it ends with ``testing.deadlock`` instead of hanging.
    """

    def __init__(self) -> None:
        self._virtual = _Selector()
        super().__init__(self._virtual)
        self._clock_resolution = 1e-9

    def time(self) -> float:
        return self._virtual.skipped

    def stand_still(self, seconds: float) -> None:
        """Let time pass while nothing else runs, as code does that blocks the loop."""
        self._virtual.skipped += seconds

    def run_in_executor(self, executor: Executor | None, func: Callable[..., T], *args: Any) -> asyncio.Future[T]:  # type: ignore[override]
        future = super().run_in_executor(executor, func, *args)
        self._virtual.busy += 1
        future.add_done_callback(self._one_less_busy)
        return future

    def _one_less_busy(self, _: asyncio.Future[Any]) -> None:
        self._virtual.busy -= 1

    async def shutdown_default_executor(self, *args: Any, **kwargs: Any) -> None:
        # A real thread joins the executor's: the clock stands still until it reports.
        self._virtual.busy += 1
        try:
            await super().shutdown_default_executor(*args, **kwargs)
        finally:
            self._virtual.busy -= 1


def run_virtual(main: Coroutine[Any, Any, T], *, debug: bool | None = None) -> T:
    """Run a coroutine to its end on a fresh virtual loop; ``debug`` as for ``asyncio.run``."""
    with asyncio.Runner(loop_factory=VirtualLoop, debug=debug) as runner:
        return runner.run(main)

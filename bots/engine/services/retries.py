"""A second try for a request that is slow or failed for a reason that may pass (P2, reliability section 3)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from bots.engine.errors import EngineError

T = TypeVar("T")


async def again_when_late(
    begin: Callable[[], Coroutine[Any, Any, T]], *, wanted: bool, patience: float, late: type[Exception]
) -> T:
    """Return what ``begin`` brings; where ``wanted``, a first try that is late is made once more, unbounded (LLM-11).

    Late is a try that takes longer than ``patience`` seconds, or fails with ``late``, the timeout of a vendor's SDK.
    """
    if not wanted:
        return await begin()
    try:
        async with asyncio.timeout(patience):
            return await begin()
    except (TimeoutError, late):
        return await begin()


async def second_chance(attempt: Callable[[], Coroutine[Any, Any, T]], *, patience: float, limit: float) -> T:
    """Return what the first of at most two tries brings.

    The second begins when the first failed with a retryable error or has not answered within ``patience`` seconds; then
    both run and the first answer wins. Raises what went wrong, or ``TimeoutError`` after ``limit`` seconds.
    """
    running: set[asyncio.Task[T]] = {asyncio.create_task(attempt(), name="first try")}
    tries = 1
    try:
        async with asyncio.timeout(limit):
            while True:
                done, _ = await asyncio.wait(
                    running, timeout=patience if tries == 1 else None, return_when=asyncio.FIRST_COMPLETED
                )
                running -= done
                for task in done:
                    if task.exception() is None:
                        return task.result()
                for error in (task.exception() for task in done):
                    hopeful = isinstance(error, EngineError) and error.retryable and (running or tries == 1)
                    if error is not None and not hopeful:
                        raise error
                if tries == 1:
                    tries = 2
                    running.add(asyncio.create_task(attempt(), name="second try"))
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

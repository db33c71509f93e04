"""Tasks of a call: all owned, all ended, even those that refuse (DESIGN 1.4, ADR 0004)."""

import asyncio
import gc
import warnings
from contextlib import suppress

import pytest

from bots.engine.core.scope import TaskScope
from bots.engine.testing.loop import run_virtual


async def told(name: str, error: Exception) -> None:
    pass


async def stubborn() -> None:
    while True:
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(1)


def test_an_obedient_task_is_cancelled_and_a_stubborn_one_is_closed() -> None:
    async def main() -> list[str]:
        scope = TaskScope(told)
        scope.spawn(asyncio.sleep(100), "obedient")
        scope.spawn(stubborn(), "stubborn")
        await asyncio.sleep(0.1)
        forced = await scope.close(0.5)
        assert asyncio.get_running_loop().time() < 0.7
        assert len(asyncio.all_tasks()) == 1
        assert len(scope) == 0
        return forced

    assert run_virtual(main(), debug=True) == ["stubborn"]


@pytest.mark.heavy
def test_a_task_that_never_began_leaves_no_warning() -> None:
    async def main() -> None:
        scope = TaskScope(told)
        scope.spawn(asyncio.sleep(1), "never begun")
        await scope.close(0.1)
        scope.spawn(asyncio.sleep(1), "too late")
        await asyncio.sleep(0)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run_virtual(main(), debug=True)
        gc.collect()


def test_failures_are_told_with_the_name_of_their_task() -> None:
    failures: list[tuple[str, str]] = []

    async def note(name: str, error: Exception) -> None:
        failures.append((name, type(error).__name__))

    async def fail() -> None:
        raise ValueError

    async def main() -> None:
        scope = TaskScope(note)
        await scope.spawn(fail(), "failing")
        await scope.close(0.1)

    run_virtual(main())
    assert failures == [("failing", "ValueError")]

"""The shared grid: absolute times, no bursts, one bad output does not hurt the others."""

import asyncio
import gc
import weakref

import pytest

from bots.engine.testing.loop import VirtualLoop, run_virtual
from bots.engine.transports.pacer import CATCH_UP, STEP, Pacer


@pytest.mark.heavy
def test_ticks_stand_on_absolute_times_for_minutes() -> None:
    async def minutes() -> list[float]:
        dues: list[float] = []
        handle = Pacer.of().add(dues.append)
        await asyncio.sleep(600)
        handle.cancel()
        return dues

    dues = run_virtual(minutes())
    assert len(dues) == 30_000
    assert dues[-1] - dues[0] == pytest.approx((len(dues) - 1) * STEP, abs=1e-9)


def test_nothing_runs_while_no_output_has_audio() -> None:
    async def rest() -> tuple[list[float], int]:
        loop = asyncio.get_running_loop()
        first: list[float] = []
        handle = Pacer.of().add(first.append)
        await asyncio.sleep(0.1)
        handle.cancel()
        await asyncio.sleep(1.0)
        return first, len([timer for timer in loop._scheduled if not timer.cancelled()])  # type: ignore[attr-defined]

    first, timers = run_virtual(rest())
    assert (len(first), timers) == (5, 0)


def test_one_timer_serves_all_outputs_and_late_comers_join_the_same_grid() -> None:
    async def crowd() -> tuple[int, set[float]]:
        loop = asyncio.get_running_loop()
        seen: list[float] = []
        handles = []
        for _ in range(50):
            handles.append(Pacer.of().add(seen.append))
            await asyncio.sleep(0.003)
        timers = len(loop._scheduled)  # type: ignore[attr-defined]
        for handle in handles:
            handle.cancel()
        return timers, set(seen)

    timers, dues = run_virtual(crowd())
    assert timers == 1
    assert all(abs(due / STEP - round(due / STEP)) < 1e-6 for due in dues)


def test_a_late_loop_catches_up_at_most_the_lead() -> None:
    class Stalling(VirtualLoop):
        """A loop whose clock jumps while something blocks it."""

        def stall(self, seconds: float) -> None:
            self._virtual.skipped += seconds

    async def stalled() -> tuple[list[tuple[float, float]], int]:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, Stalling)
        calls: list[tuple[float, float]] = []
        pacer = Pacer.of()
        handle = pacer.add(lambda due: calls.append((loop.time(), due)))
        await asyncio.sleep(0.05)
        loop.stall(1.0)
        await asyncio.sleep(0.1)
        handle.cancel()
        return calls, pacer.lateness().skipped

    with asyncio.Runner(loop_factory=Stalling) as runner:
        calls, skipped = runner.run(stalled())
    at_once = max(sum(1 for at, _ in calls if at == moment) for moment, _ in calls)
    assert at_once == CATCH_UP
    assert [due for _, due in calls] == sorted({due for _, due in calls})
    assert len(calls) + skipped == round(calls[-1][1] / STEP)
    assert all(due <= at + 1e-9 for at, due in calls)


def test_an_output_that_raises_loses_its_place_and_no_other_does() -> None:
    async def broken() -> tuple[list[float], int, list[str]]:
        reported: list[str] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, what: reported.append(repr(what["exception"])))
        pacer = Pacer.of()
        before: list[float] = []
        after: list[float] = []

        def fail(due: float) -> None:
            raise ValueError("broken output")

        handles = [pacer.add(before.append), pacer.add(fail), pacer.add(after.append)]
        await asyncio.sleep(0.1)
        left = len(pacer)
        assert before == after
        for handle in handles:
            handle.cancel()
        return after, left, reported

    after, left, reported = run_virtual(broken())
    assert (len(after), left, reported) == (5, 2, ["ValueError('broken output')"])


def test_a_cancelled_output_is_not_called_again_in_the_same_tick() -> None:
    async def cancel_next() -> list[str]:
        pacer = Pacer.of()
        called: list[str] = []
        second = None

        def first(due: float) -> None:
            called.append("first")
            assert second is not None
            second.cancel()

        one = pacer.add(first)
        second = pacer.add(lambda due: called.append("second"))
        await asyncio.sleep(0.05)
        one.cancel()
        return called

    assert run_virtual(cancel_next()) == ["first", "first"]


def test_lateness_is_told_per_output() -> None:
    async def measure() -> tuple[int, float, float, float]:
        pacer = Pacer.of()
        handle = pacer.add(lambda due: None)
        await asyncio.sleep(2.0)
        handle.cancel()
        found = pacer.lateness()
        pacer.reset()
        assert pacer.lateness().count == 0
        return found.count, found.p50, found.p99, found.max

    count, p50, p99, worst = run_virtual(measure())
    assert count == 100
    assert p50 <= p99 <= worst <= 1e-6


def test_a_loop_has_one_pacer_and_takes_it_along() -> None:
    async def same() -> bool:
        return Pacer.of() is Pacer.of(asyncio.get_running_loop())

    loop = VirtualLoop()
    kept = weakref.ref(loop)
    try:
        assert loop.run_until_complete(same())
    finally:
        loop.close()
    del loop
    gc.collect()
    assert kept() is None

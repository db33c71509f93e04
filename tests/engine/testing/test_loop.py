"""The virtual loop: time jumps, work elsewhere does not move it, and a standstill is an error."""

import asyncio
import threading
import time

import pytest

from bots.engine.clock import SystemClock
from bots.engine.testing.loop import VirtualDeadlock, run_virtual


def test_an_hour_passes_in_a_moment_and_timers_fire_in_order() -> None:
    log: list[tuple[str, float]] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        for name, delay in (("c", 3600.0), ("b", 0.75), ("a", 0.5), ("z", 0.0)):
            loop.call_later(delay, lambda name=name: log.append((name, loop.time())))
        await asyncio.sleep(4000)

    began = time.process_time()
    run_virtual(main(), debug=True)
    assert time.process_time() - began < 1.0
    assert log == [("z", 0.0), ("a", 0.5), ("b", 0.75), ("c", 3600.0)]


def test_a_standstill_is_told_instead_of_waited_for() -> None:
    async def main() -> None:
        await asyncio.Event().wait()

    with pytest.raises(VirtualDeadlock):
        run_virtual(main())


def test_work_in_a_thread_takes_no_virtual_time() -> None:
    async def main() -> float:
        loop = asyncio.get_running_loop()
        ticking = asyncio.create_task(asyncio.sleep(100))
        result = await asyncio.to_thread(lambda: time.sleep(0.05) or threading.current_thread().name)
        assert result != threading.main_thread().name
        at = loop.time()
        await ticking
        return at

    assert run_virtual(main(), debug=True) == 0.0


def test_a_failure_in_a_thread_arrives_and_time_goes_on() -> None:
    async def main() -> float:
        with pytest.raises(ZeroDivisionError):
            await asyncio.to_thread(lambda: 1 // 0)
        await asyncio.sleep(5)
        return asyncio.get_running_loop().time()

    assert run_virtual(main()) == 5.0


def test_timeouts_and_the_clock_of_a_call_follow_virtual_time() -> None:
    async def main() -> None:
        clock = SystemClock(seed=3)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(7):
                await clock.sleep(100)
        assert clock.now() == pytest.approx(7)
        assert clock.new_id() == SystemClock(seed=3).new_id()
        assert (clock.wall() - clock.started_at).total_seconds() == pytest.approx(7)

    run_virtual(main())


def test_a_loop_leaves_no_thread_behind() -> None:
    threads = threading.active_count()
    run_virtual(asyncio.to_thread(lambda: None))
    assert threading.active_count() == threads

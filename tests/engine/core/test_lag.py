"""A loop that stood still is told from one that waited (lessons T5)."""

import asyncio

import pytest

from bots.engine.core.lag import LONGEST, LoopLag
from bots.engine.testing.loop import VirtualDeadlock, VirtualLoop, run_virtual


def the_loop() -> VirtualLoop:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    return loop


def test_a_stall_is_known_by_begin_and_end_and_waiting_is_none() -> None:  # lessons T5
    async def main() -> list[tuple[float, float]]:
        lag = LoopLag.of(the_loop())
        lag.watch("call")
        await asyncio.sleep(1.0)
        assert lag.stalls(0.0) == []
        the_loop().stand_still(0.3)
        found = lag.stalls(0.0)
        await asyncio.sleep(0.5)
        assert lag.stalls(0.0) == found
        assert lag.stalls(1.5) == []
        lag.leave("call")
        return found

    ((began, over),) = run_virtual(main())
    assert began == pytest.approx(1.0, abs=0.021)
    assert over == pytest.approx(1.3)


def test_without_watchers_there_is_no_timer_and_no_watch_lasts_for_ever() -> None:  # lessons T5
    async def nobody() -> None:
        LoopLag.of(the_loop()).watch("call")
        await asyncio.Event().wait()

    with pytest.raises(VirtualDeadlock):
        run_virtual(nobody())

    async def forgotten() -> float:
        lag = LoopLag.of(the_loop())
        assert lag is LoopLag.of(the_loop())
        lag.watch("call")
        await asyncio.sleep(LONGEST + 1)
        the_loop().stand_still(1.0)
        return float(len(lag.stalls(0.0)))

    assert run_virtual(forgotten()) == 0.0

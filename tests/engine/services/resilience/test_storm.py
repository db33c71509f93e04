"""Fifty calls and an outage: no storm while it lasts, no stampede when it is over (P1, P18, LK-16)."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator

import pytest

from bots.engine.clock import SystemClock
from bots.engine.context.context import LLMContext
from bots.engine.errors import EngineError
from bots.engine.frames import LLMContextFrame
from bots.engine.services.llm import LLMService
from bots.engine.services.llm_events import Finished, LLMEvent, TextDelta
from bots.engine.services.llm_failures import ChatBusy, RateLimited
from bots.engine.services.resilience.attempt import Member
from bots.engine.services.resilience.health import HealthBook
from bots.engine.services.resilience.policy import ResiliencePolicy
from bots.engine.services.resilience.service import ResilientLLMService
from bots.engine.testing.loop import run_virtual
from tests.engine.core.probes import Probe, Run

CALLS, EVERY_S, WINDOW_S = 50, 5.0, 5.0
OUTAGE = (10.0, 40.0)
END_S = 75.0


class Server:
    """Counts the requests of all calls; fails, or hangs, during the outage."""

    def __init__(self, clock: SystemClock, failure: EngineError | None, outage: tuple[float, float]) -> None:
        self.clock, self.failure, self.outage = clock, failure, outage
        self.windows: Counter[int] = Counter()

    async def answer(self) -> AsyncIterator[LLMEvent]:
        self.windows[int(self.clock.now() // WINDOW_S)] += 1
        if self.outage[0] <= self.clock.now() < self.outage[1]:
            if self.failure is not None:
                raise self.failure
            await asyncio.sleep(60.0)
        yield TextDelta("Well.")
        yield Finished("stop")


class Line(LLMService):
    """A call's model on that server."""

    def __init__(self, server: Server, name: str) -> None:
        super().__init__()
        self.server, self.model_name = server, name

    def stream(self, context: LLMContext) -> AsyncIterator[LLMEvent]:
        return self.server.answer()


async def storm(failure: EngineError | None, *, backup: bool) -> tuple[Server, Server, HealthBook, int]:
    """Let fifty people talk; return the servers, the book, and how many replies began with an apology."""
    clock = SystemClock(seed=7)
    first, second = Server(clock, failure, OUTAGE), Server(clock, None, (END_S, END_S))
    book = HealthBook(clock)
    apologies = 0

    async def call(number: int) -> None:
        nonlocal apologies
        members = [Member(Line(first, "first"), "first", "key")]
        if backup:
            members.append(Member(Line(second, "second"), "second", "other key"))
        llm = ResilientLLMService(
            members, policy=ResiliencePolicy(end_after=0, fillers=()), book=book, apology="Sorry."
        )
        behind = Probe()
        await asyncio.sleep(number * EVERY_S / CALLS)

        async def play(run: Run) -> None:
            while clock.now() < END_S:
                await run.task.queue_frame(LLMContextFrame(LLMContext([{"role": "user", "content": "hi"}])))
                await asyncio.sleep(EVERY_S)

        run = await Run(llm, behind).perform(play)
        apologies += sum(event.data.get("finish") == "failed" for event in run.events)

    await asyncio.gather(*(call(number) for number in range(CALLS)))
    return first, second, book, apologies


NORMAL = CALLS * WINDOW_S / EVERY_S


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("failure", "backup"),
    [(ChatBusy("full"), False), (None, False), (RateLimited("full", retry_after_s=4.0), True), (None, True)],
    ids=["overloaded, alone", "silent, alone", "limited, with a fallback", "silent, with a fallback"],
)
def test_an_outage_is_met_by_no_more_than_twice_the_normal_rate(failure: EngineError | None, backup: bool) -> None:
    # P18
    first, second, book, apologies = run_virtual(storm(failure, backup=backup))
    assert max(first.windows.values()) <= 2 * NORMAL
    during = sum(count for window, count in first.windows.items() if 15.0 <= window * WINDOW_S < 35.0)
    assert during <= 0.5 * NORMAL * 4
    if backup:
        assert apologies == 0
        assert max(second.windows.values()) <= 2 * NORMAL
    after = [first.windows[int(at // WINDOW_S)] for at in (65.0, 70.0)]
    assert min(after) >= 0.5 * NORMAL
    assert book.is_available("first", "key")

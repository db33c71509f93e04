"""Requests for one reply, until one of them has its first token (LK-16, P1…P4, reliability section 3)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Any

from bots.engine.clock import BaseClock
from bots.engine.errors import EngineError
from bots.engine.services.llm_events import LLMEvent
from bots.engine.services.llm_failures import AllModelsFailed, CompletionTimeout, EmptyCompletion

from .accounts import Accounts
from .attempt import Attempt, Member
from .health import HealthBook
from .lineup import Lineup
from .policy import ResiliencePolicy

if TYPE_CHECKING:
    from bots.engine.context.context import LLMContext

RETRY_S = (0.05, 0.25)
"""How long a second request to an overloaded server waits, by chance between these (P2, P18)."""

INSTANT_S = 1e-6
"""What is due within this time is due: a clock's sums are not exact."""


@dataclass(frozen=True, slots=True)
class RaceTrack:
    """What every race of a service has in common.

    ``fill`` says something while nobody has answered yet; ``began`` hears of a reply's first token, and
    ``switched(before, now, role, reason)`` of each change of the model, ``timed_out`` of each one that was too slow.
    """

    clock: BaseClock
    policy: ResiliencePolicy
    book: HealthBook
    accounts: Accounts
    spawn: Callable[[Coroutine[Any, Any, Any], str], asyncio.Task[Any]]
    fill: Callable[[], Awaitable[None]]
    began: Callable[[], Awaitable[None]]
    switched: Callable[[Member, Member, str, str], Awaitable[None]]
    timed_out: Callable[[], Awaitable[None]]


class Race:
    """Asks one model after the other, or side by side, and hands out the one that speaks first.

    ``shown`` gives the context for each model. Until the first token another model may take over unnoticed; what the
    loser brings later is nobody's. ``first`` is a request that is under way already (a prefetch), ``after`` the model
    whose place is taken. The models of ``lineup`` are asked at most once each; an overloaded one twice, and so the last
    one that is left when it stays silent.
    """

    def __init__(
        self,
        track: RaceTrack,
        lineup: Lineup,
        shown: Callable[[Member], LLMContext],
        *,
        role: str = "",
        first: Attempt | None = None,
        after: Member | None = None,
        reason: str = "down",
    ) -> None:
        self._track, self._lineup, self._shown, self._role = track, lineup, shown, role
        self._news = asyncio.Event()
        self._running: list[Attempt] = []
        self._last, self._reason = after, reason
        self._asked_at: float = track.clock.now()
        self._silent: EngineError = AllModelsFailed("No language model is available.")
        if first is not None:
            first.on_news = self._news.set
            lineup.note(first.member)
            self._enter(first)

    # -- until the first token ----------------------------------------------------------------------------------------

    async def winner(self, filler_at: float = inf) -> Attempt:
        """Return the first request that speaks, or one that ended without a word when nobody is left.

        At media second ``filler_at`` the caller hears a filler, once. Raises ``llm.all_failed``.
        """
        left = self._running or await self._ask_next(self._reason)
        if not left and self._last is not None and self._lineup.again(self._last):
            self._ask(self._last, "retry")
        while self._running:
            self._news.clear()
            if (spoken := next((attempt for attempt in self._running if attempt.has_spoken), None)) is not None:
                self._keep_only(spoken)
                return spoken
            if (ended := next((attempt for attempt in self._running if attempt.over), None)) is not None:
                if (silent := await self._ended(ended)) is not None:
                    return silent
                continue
            now = self._track.clock.now()
            if now + INSTANT_S >= filler_at:
                filler_at = inf
                await self._track.fill()
            elif now + INSTANT_S >= self._asked_at + self._track.policy.hard_s:
                await self._too_slow()
            else:
                await self._wait(min(filler_at, self._asked_at + self._track.policy.hard_s) - now)
        raise AllModelsFailed("No language model answered.") from self._silent

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return

    async def _ended(self, attempt: Attempt) -> Attempt | None:
        """Deal with a request that ended before its first token; return it when its silence is the answer."""
        error = attempt.error or EmptyCompletion("The model answered with nothing.")
        self._running.remove(attempt)
        if isinstance(error, CompletionTimeout):
            await self._track.timed_out()
        treatment = self._track.book.failed(attempt.member.key, attempt.member.account, error)
        if treatment.again and not self._running and self._lineup.again(attempt.member):
            self._track.accounts.settle(attempt, "failed", error)
            await self._track.clock.sleep(self._track.clock.random.uniform(*RETRY_S))
            self._ask(attempt.member, "retry")
            return None
        if not self._running and not await self._ask_next(error.code) and attempt.error is None:
            return attempt
        self._track.accounts.settle(attempt, "failed" if attempt.error is not None else "empty", error)
        self._silent = error
        return None

    async def _too_slow(self) -> None:
        """Nobody spoke within the hard limit: ask another model beside the slow one, or instead of it."""
        slow = self._running[-1]
        error = CompletionTimeout("The model did not begin to answer in time.", retryable=True)
        await self._track.timed_out()
        self._track.book.failed(slow.member.key, slow.member.account, error)
        if await self._ask_next("slow", "hedge" if self._track.policy.hedge else ""):
            if not self._track.policy.hedge:
                self._leave(slow, error)
        elif self._track.policy.hedge and len(self._running) == 1 and self._lineup.again(slow.member):
            self._ask(slow.member, "hedge")
        else:
            for attempt in tuple(self._running):
                self._leave(attempt, error)
            self._silent = error

    async def _ask_next(self, reason: str, role: str = "") -> bool:
        """Ask the next model of the line; False when nobody is left."""
        if (found := self._lineup.next()) is None:
            return False
        member, why = found
        role = role or self._role or why
        if (before := self._last or self._lineup.first) is not member:
            await self._track.switched(before, member, role, reason)
        self._ask(member, role)
        return True

    def _ask(self, member: Member, role: str) -> None:
        self._lineup.note(member)
        attempt = Attempt(member, role, self._shown(member), self._track.clock, self._news.set)
        self._enter(attempt)
        attempt.run(self._track.spawn)

    def _enter(self, attempt: Attempt) -> None:
        self._running.append(attempt)
        self._last, self._asked_at = attempt.member, self._track.clock.now()

    def _leave(self, attempt: Attempt, error: EngineError) -> None:
        self._running.remove(attempt)
        attempt.stop()
        self._track.accounts.settle(attempt, "slow", error)

    def _keep_only(self, winner: Attempt) -> None:
        for loser in [attempt for attempt in self._running if attempt is not winner]:
            self._running.remove(loser)
            loser.stop()
            self._track.accounts.settle(loser, "lost")
        self._track.book.succeeded(winner.member.key, winner.meter.ttft)

    # -- from the first token on --------------------------------------------------------------------------------------

    async def read(self, attempt: Attempt) -> AsyncIterator[LLMEvent]:
        """Yield the winner's events to its end; raises its failure, or ``llm.timeout`` when it stops midway (P5)."""
        since = self._track.clock.now()
        while True:
            while attempt.events:
                yield attempt.pop()
            if attempt.over:
                break
            self._news.clear()
            left = max(attempt.progress_at, since) + self._track.policy.between_s - self._track.clock.now()
            if left <= INSTANT_S:
                attempt.stop()
                raise CompletionTimeout("The model stopped in the middle of its answer.", retryable=True)
            await self._wait(left)
        if attempt.error is not None:
            raise attempt.error

    def broke(self, attempt: Attempt, error: EngineError) -> None:
        """Note that a reply broke off midway."""
        self._track.book.failed(attempt.member.key, attempt.member.account, error, midway=True)
        self._track.accounts.settle(attempt, "broken", error)
        self._running.clear()
        self._last, self._reason = attempt.member, error.code

    def close(self, outcome: str) -> None:
        """End every request that is still open; what has not been accounted for ended with ``outcome``."""
        for attempt in self._running:
            attempt.stop()
            self._track.accounts.settle(attempt, outcome)
        self._running.clear()

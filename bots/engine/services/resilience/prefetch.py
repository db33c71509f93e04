"""Asking the model while the caller still speaks (LK-12): the answer is there when the turn ends, or it is dropped."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any

from bots.engine.clock import BaseClock
from bots.engine.core.processor import FrameProcessor, handles
from bots.engine.errors import EngineError, SpecError
from bots.engine.frames import (
    InterimTranscriptionFrame,
    TranscriptionFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)
from bots.engine.text.words import plain_words

from .accounts import Accounts
from .attempt import Attempt, Member

if TYPE_CHECKING:
    from bots.engine.context.context import LLMContext

OLDEST_S = 15.0
"""An answer that nobody asked for within this time is dropped: prices, times and tools may have changed."""
STABLE_S = 0.25
LEAST_WORDS = 2


class PrefetchWrong(SpecError, ValueError):
    """A prefetch would begin at no time or with no words."""

    code = "llm.prefetch"


class Prefetcher:
    """Holds at most one answer in advance. Nothing of it is spoken, journaled as said or put into a context.

    ``failed`` hears of a request that failed, so that a key which must rest is not tried again by the turn (P1).
    """

    def __init__(
        self,
        clock: BaseClock,
        accounts: Accounts,
        spawn: Callable[[Coroutine[Any, Any, Any], str], asyncio.Task[Any]],
        *,
        limit: int,
        failed: Callable[[Member, EngineError], object],
    ) -> None:
        self._clock, self._accounts, self._spawn, self._limit = clock, accounts, spawn, limit
        self._failed = failed
        self._attempt: Attempt | None = None
        self._key = ""
        self._made = 0

    def new_turn(self) -> None:
        """Let the next turn have its own number of prefetches."""
        self._made = 0

    def begin(self, key: str, member: Member, context: LLMContext) -> bool:
        """Ask for an answer, unless this very one is under way or the turn has had its share; drop an older one."""
        if self._attempt is not None and self._key == key:
            return False
        self.drop("unused")
        if self._made >= self._limit:
            return False
        self._made += 1
        self._key = key
        self._attempt = Attempt(member, "prefetch", context, self._clock, _nothing)
        self._attempt.run(self._spawn)
        return True

    def claim(self, key: str) -> Attempt | None:
        """Return the answer in advance when it is to this request and sound; else drop it."""
        attempt = self._attempt
        if attempt is None:
            return None
        if attempt.over and (attempt.error is not None or not attempt.has_spoken):
            self.drop("failed")
            return None
        if key != self._key or self._clock.now() - attempt.begun > OLDEST_S:
            self.drop("unused")
            return None
        self._attempt = None
        return attempt

    def drop(self, outcome: str) -> None:
        """End what is under way; its cost is on record."""
        attempt, self._attempt = self._attempt, None
        if attempt is not None:
            attempt.stop()
            error = attempt.error if attempt.over else None
            self._accounts.settle(attempt, outcome, error)
            if error is not None:
                self._failed(attempt.member, error)


def _nothing() -> None:
    """Nobody waits for an answer in advance."""


class PrefetchTrigger(FrameProcessor):
    """Watches the caller's words on their way to the user aggregator and asks as soon as they stay the same.

    Stands right before the user aggregator. ``stable_s``: how long an interim text must not change; ``least_words``:
    fewer are no question. The caller falling silent counts as stable. Error: ``llm.prefetch``.
    """

    def __init__(
        self,
        prefetch: Callable[[str], Awaitable[None]],
        new_turn: Callable[[], None],
        *,
        stable_s: float = STABLE_S,
        least_words: int = LEAST_WORDS,
        name: str | None = None,
    ) -> None:
        super().__init__(name=name)
        if stable_s < 0:
            raise PrefetchWrong("stable_s must not be negative.")
        if least_words < 1:
            raise PrefetchWrong("least_words must be at least 1.")
        self._prefetch, self._new_turn = prefetch, new_turn
        self._stable_s, self._least_words = stable_s, least_words
        self._finals: list[str] = []
        self._text = self._asked = ""
        self._speaking = False
        self._timer: asyncio.TimerHandle | None = None

    async def cleanup(self) -> None:
        self._stop_timer()

    @handles(UserStartedSpeakingFrame)
    async def on_started(self, frame: UserStartedSpeakingFrame) -> None:
        self._speaking = True
        self._forget()
        self._new_turn()

    @handles(UserStoppedSpeakingFrame)
    async def on_stopped(self, frame: UserStoppedSpeakingFrame) -> None:
        self._speaking = False
        if self._finals:
            self._forget()
        elif self._text:
            self._stop_timer()
            self._ask()

    @handles(InterimTranscriptionFrame)
    async def on_interim(self, frame: InterimTranscriptionFrame) -> None:
        self._consider(" ".join([*self._finals, frame.text.strip()]))

    @handles(TranscriptionFrame)
    async def on_final(self, frame: TranscriptionFrame) -> None:
        if self._speaking and frame.text.strip():
            self._finals.append(frame.text.strip())
            self._consider(" ".join(self._finals))
        else:
            self._forget()

    def _consider(self, text: str) -> None:
        if plain_words(text) == plain_words(self._text):
            return
        self._stop_timer()
        self._text = text
        if len(text.split()) >= self._least_words:
            self._timer = self.clock.call_later(self._stable_s, self._ask)

    def _ask(self) -> None:
        self._timer = None
        if self._text != self._asked and len(self._text.split()) >= self._least_words:
            self._asked = self._text
            self.create_task(self._request(self._text), f"{self.name} request")

    async def _request(self, text: str) -> None:
        await self._prefetch(text)

    def _forget(self) -> None:
        self._stop_timer()
        self._finals.clear()
        self._text = self._asked = ""

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

"""When the caller's turn is over: with its text, or when a strategy says so (CTX-04, TURN-27)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Protocol

from bots.engine.clock import BaseClock

from .turn_strategies import BaseUserTurnStopStrategy

Spawn = Callable[[Coroutine[Any, Any, None], str], asyncio.Task[Any]]


class TurnEnd(Protocol):
    """What a stop may see and do: the user aggregator."""

    @property
    def clock(self) -> BaseClock:
        """The call's clock."""

    @property
    def voiced(self) -> bool:
        """Whether the caller's voice sounds now."""

    @property
    def has_text(self) -> bool:
        """Whether a final text of the turn is there."""

    @property
    def silent_secs(self) -> float:
        """Seconds since the caller's last sound."""

    async def turn_over(self) -> None:
        """Judge what was said and answer it."""

    async def text_is_late(self) -> None:
        """Go on with the text that is there, else with the newest partial, or give the utterance up."""


class TurnStop:
    """The turn is over when the caller is silent and the text is there; late text is waited for ``transcript_secs``."""

    def __init__(self, owner: TurnEnd, transcript_secs: float, spawn: Spawn) -> None:
        self._owner, self._transcript_secs, self._spawn = owner, transcript_secs, spawn
        self._timer: asyncio.TimerHandle | None = None

    async def voice_started(self) -> None:
        """The caller speaks (again)."""
        self.close()

    async def voice_stopped(self) -> None:
        """The caller is silent."""
        if self._owner.has_text:
            await self._owner.turn_over()
        else:
            self._wait(self._transcript_secs)

    async def text_came(self) -> None:
        """A final text is there."""
        if not self._owner.voiced:
            await self._owner.turn_over()

    def _wait(self, seconds: float) -> None:
        self.close()
        self._rearm(seconds)

    def _rearm(self, seconds: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._owner.clock.call_later(
            seconds, lambda: self._spawn(self._owner.text_is_late(), "late text")
        )

    def close(self) -> None:
        """Stop waiting."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def audio(self, audio: bytes, sample_rate: int) -> None:
        """Caller audio; only where :attr:`hears_audio`."""

    hears_audio = False


class ListedStop(TurnStop):
    """Stop strategies decide; ``stop_timeout`` seconds of silence end a turn that none of them ends (TURN-27)."""

    def __init__(
        self,
        owner: TurnEnd,
        strategies: Sequence[BaseUserTurnStopStrategy],
        stop_timeout: float,
        transcript_secs: float,
        spawn: Spawn,
    ) -> None:
        super().__init__(owner, transcript_secs, spawn)
        self._strategies, self._stop_timeout = tuple(strategies), stop_timeout
        self._asking: list[asyncio.Task[Any]] = []
        self._complete = self._text_is_new = False
        self.hears_audio = any(strategy.hears_audio for strategy in self._strategies)

    async def voice_started(self) -> None:
        self.close()
        self._text_is_new = False
        for strategy in self._strategies:
            await strategy.on_voice()

    async def voice_stopped(self) -> None:
        self._wait(self._stop_timeout)
        self._asking = [self._spawn(self._ask(strategy), "end of turn") for strategy in self._strategies]

    async def text_came(self) -> None:
        self._text_is_new = True
        if self._complete and not self._owner.voiced:
            await self._end()
        elif not self._owner.voiced and not self._asking:
            await self.voice_stopped()

    async def audio(self, audio: bytes, sample_rate: int) -> None:
        for strategy in self._strategies:
            if strategy.hears_audio:
                await strategy.on_audio(audio, sample_rate, voiced=self._owner.voiced)

    async def _ask(self, strategy: BaseUserTurnStopStrategy) -> None:
        """Wait as long as the strategy says; then the turn is over, or waits for the text of its last words."""
        seconds = await strategy.on_silence(self._owner.silent_secs)
        if seconds is None:
            return
        await self._owner.clock.sleep(seconds)
        self._complete = True
        if self._owner.has_text and self._text_is_new:
            await self._end()
        else:
            self._rearm(self._transcript_secs)

    async def _end(self) -> None:
        self.close()
        await self._owner.turn_over()

    def close(self) -> None:
        super().close()
        asking, self._asking, self._complete = self._asking, [], False
        current = asyncio.current_task() if asking else None
        for task in asking:
            if task is not current:
                task.cancel()

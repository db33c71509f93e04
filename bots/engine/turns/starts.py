"""When the caller's speech becomes a turn and cuts the bot off (TURN-14…20).

A start is told of voice and text and calls :meth:`TurnOwner.begin` at the moment it is sure. When the caller has
stopped, its verdict says what became of the utterance.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from bots.engine.clock import BaseClock
from bots.engine.core.journal import Journal

from .strategies import BaseInterruptionStrategy
from .turn_strategies import BaseUserTurnStartStrategy
from .utterances import Disposition

Verdict = tuple[Disposition, str]


class TurnOwner(Protocol):
    """What a start may see and do: the user aggregator."""

    @property
    def clock(self) -> BaseClock:
        """The call's clock."""

    @property
    def journal(self) -> Journal:
        """The call's journal."""

    @property
    def bot_speaking(self) -> bool:
        """Whether the bot is heard, or held in the middle of its speech."""

    @property
    def voiced(self) -> bool:
        """Whether the caller's voice sounds now."""

    async def interrupt(self, reason: str) -> None:
        """Cut the bot off now."""

    async def hold(self) -> None:
        """Stop the bot's voice at this sample."""

    async def resume(self) -> None:
        """Let the bot's voice go on."""


class TurnStart:
    """Speech begins a turn at once, whoever speaks; without interruptions, only while the bot is silent (TURN-14)."""

    def __init__(self, owner: TurnOwner, *, allow: bool = True) -> None:
        self._owner, self._allow = owner, allow
        self.begun = self.over_bot = False
        self._why = "speech"

    async def begin(self, reason: str) -> None:
        """Give the caller the turn: whatever the bot is doing is cut."""
        self.begun, self._why = True, reason
        await self._owner.interrupt(reason)

    async def voice(self, at: float | None) -> None:
        """The caller's voice began at media time ``at``."""
        self.begun, self.over_bot = False, self._owner.bot_speaking
        if self._allow:
            await self.begin("user_speech")

    async def audio(self, audio: bytes, sample_rate: int) -> None:
        """Caller audio while the caller speaks, s16le mono."""

    async def text(self, text: str, *, final: bool) -> None:
        """Text of the utterance: a new final part, or all that is understood so far."""

    async def paused(self, last_voiced_at: float | None) -> None:
        """The caller has been quiet for a moment."""

    async def resumed(self) -> None:
        """The caller's voice is back."""

    async def interrupted(self) -> None:
        """The bot was cut off, by whomever."""

    async def verdict(self, text: str) -> Verdict:
        """Say what becomes of an utterance that is over; ``text`` is empty when nothing was understood."""
        if not text:
            return "discarded", "no_words"
        if not self._allow and self._owner.bot_speaking:
            return "discarded", "not_allowed"
        return "turn", self._why if self.begun else "speech"

    def close(self) -> None:
        """Stop what still waits."""


class StrategyStart(TurnStart):
    """Over the bot's voice the strategies decide when the caller stops; else speech counts at once (TURN-15…18)."""

    def __init__(self, owner: TurnOwner, strategies: Sequence[BaseInterruptionStrategy], *, allow: bool = True) -> None:
        super().__init__(owner, allow=allow)
        self.strategies = tuple(strategies)

    async def voice(self, at: float | None) -> None:
        self.begun, self.over_bot = False, self._owner.bot_speaking
        await self.reset()
        if self._allow and not self.over_bot:
            await self.begin("user_speech")

    async def audio(self, audio: bytes, sample_rate: int) -> None:
        if self.over_bot:
            for strategy in self.strategies:
                await strategy.append_audio(audio, sample_rate)

    async def text(self, text: str, *, final: bool) -> None:
        if final:
            for strategy in self.strategies:
                await strategy.append_text(text)

    async def verdict(self, text: str) -> Verdict:
        if not self.over_bot or self.begun:
            return await super().verdict(text)
        if not text:
            return "discarded", "no_words"  # words that are late will still be judged
        self.over_bot = False
        if not self._allow:
            return "discarded", "not_allowed"
        interrupts = await self.first_says_yes()
        await self.reset()
        if interrupts:
            await self.begin("strategy")
        return ("turn" if interrupts else "discarded"), "strategy"

    async def first_says_yes(self) -> bool:
        """Ask the strategies in their order; the first that says yes is enough (TURN-18)."""
        for strategy in self.strategies:
            if await strategy.should_interrupt():
                return True
        return False

    async def reset(self) -> None:
        """Forget what the strategies collected (TURN-20)."""
        for strategy in self.strategies:
            await strategy.reset()


class ListedStart(TurnStart):
    """The start strategies of the newer turn model decide, whoever speaks (TURN-27)."""

    def __init__(self, owner: TurnOwner, strategies: Sequence[BaseUserTurnStartStrategy], *, allow: bool) -> None:
        super().__init__(owner, allow=allow)
        self._strategies = tuple(strategies)
        self._said = ""

    async def voice(self, at: float | None) -> None:
        self.begun, self.over_bot, self._said = False, self._owner.bot_speaking, ""
        for strategy in self._strategies:
            if not self.begun and await strategy.on_voice(self.over_bot):
                await self._begin_by(strategy)

    async def text(self, text: str, *, final: bool) -> None:
        said = f"{self._said} {text}".strip()
        if final:
            self._said = said
        for strategy in self._strategies:
            if not self.begun and await strategy.on_text(said, final=final, bot_speaking=self._owner.bot_speaking):
                await self._begin_by(strategy)

    async def _begin_by(self, strategy: BaseUserTurnStartStrategy) -> None:
        if self._allow and strategy.enable_interruptions:
            await self.begin(strategy.name)
        else:
            self.begun = self._allow or not self._owner.bot_speaking

    async def verdict(self, text: str) -> Verdict:
        begun, self.begun, self._said = self.begun, False, ""
        if not text:
            return "discarded", "no_words"
        return ("turn", "speech") if begun else ("discarded", "start_strategy")

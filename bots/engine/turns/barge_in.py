"""Barge-in in two steps: hold the bot's voice at once, then cut it or let it go on (lessons T4).

While it is undecided nothing is lost: the output stands still at a sample. Words decide as soon as they come; speech
that goes on counts as meant; a short sound lets the bot go on. Each decision is a ``barge_in`` event with its reason.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

from bots.engine.checks import is_number
from bots.engine.core.journal import rounded

from .starts import StrategyStart, TurnOwner, Verdict
from .strategies import BaseInterruptionStrategy, StrategyError

BACKCHANNELS = (
    "ah", "aha", "alright", "exactly", "good", "great", "hm", "hmm", "hm-hm", "huh", "mhm", "mm", "mm-hm", "mm-hmm",
    "mmm", "nice", "oh", "ok", "okay", "really", "right", "sure", "true", "uh", "uh-huh", "uhm", "um", "wow", "yeah",
    "yep", "yes", "yup",
)  # fmt: skip
"""Words with which people show that they listen."""

LISTENING_WORDS = 3
"""More words than these are never a mere sign of listening."""

PARTIAL_WORDS = 2
"""So many words of a text that is not final count: one is often taken back, and a held bot loses nothing by waiting."""

_WORD = re.compile(r"[\w'-]+")


@dataclass(frozen=True, slots=True)
class BargeInParams:
    """How the second step decides; seconds.

    ``decide_secs``: how long the bot is held while the caller speaks and no words come. ``words_secs``: how long words
    may take once the caller is quiet. ``min_speech_secs``: voice that lasted this long is meant even without words.
    ``backchannels``: words that let the bot go on.
    """

    decide_secs: float = 0.8
    words_secs: float = 0.5
    min_speech_secs: float = 0.6
    backchannels: tuple[str, ...] = BACKCHANNELS

    def __post_init__(self) -> None:
        for name in ("decide_secs", "words_secs", "min_speech_secs"):
            value = getattr(self, name)
            if not is_number(value) or not 0.0 < value <= 2.0:
                raise StrategyError(f"{name} must be above 0 and at most 2 seconds, not {value!r}.")

    def is_backchannel(self, text: str) -> bool:
        """Whether these words only show that somebody listens."""
        words = _WORD.findall(text.casefold())
        return 0 < len(words) <= LISTENING_WORDS and all(word in self.backchannels for word in words)


class TwoStepStart(StrategyStart):
    """Holds the bot at the caller's first sound over it and decides by words, length and strategies.

    With strategies only they cut (TURN-18); without, any word that is no backchannel does, and so does speech that
    lasts. While the bot is silent speech counts at once, as ever.
    """

    def __init__(
        self,
        owner: TurnOwner,
        params: BargeInParams,
        strategies: Sequence[BaseInterruptionStrategy] = (),
        *,
        spawn: Callable[[Coroutine[Any, Any, None], str], object],
        allow: bool = True,
    ) -> None:
        super().__init__(owner, strategies, allow=allow)
        self._params, self._spawn = params, spawn
        self._held_at: float | None = None
        self._onset = 0.0
        self._last_voiced: float | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._said = self._latest = ""

    # -- the first step ---------------------------------------------------------------------------------------------

    async def voice(self, at: float | None) -> None:
        await super().voice(at)
        self._said, self._latest, self._last_voiced = "", "", None
        self._onset = self._owner.clock.now() if at is None else at
        if self.over_bot and self._allow:
            await self._hold()

    async def _hold(self) -> None:
        if self._held_at is None:
            self._held_at = self._owner.clock.now()
            await self._owner.hold()
            self._note("hold", "voice")
        self._decide_in(self._params.decide_secs)

    def _decide_in(self, seconds: float) -> None:
        self.close()
        self._timer = self._owner.clock.call_later(seconds, lambda: self._spawn(self._time_is_up(), "barge-in"))

    # -- what comes in ----------------------------------------------------------------------------------------------

    async def paused(self, last_voiced_at: float | None) -> None:
        self._last_voiced = last_voiced_at
        if self._held_at is not None and self._timer is not None:
            left = self._timer.when() - asyncio.get_running_loop().time()
            self._decide_in(min(left, self._params.words_secs))

    async def resumed(self) -> None:
        self._last_voiced = None
        if self._held_at is not None:
            self._decide_in(self._params.min_speech_secs)

    async def text(self, text: str, *, final: bool) -> None:
        await super().text(text, final=final)
        said = f"{self._said} {text}".strip()
        self._latest = said
        if final:
            self._said = said
        if self.over_bot and self._allow and not self.begun and self._owner.bot_speaking:
            if self.strategies:
                if any(strategy.enough(said) for strategy in self.strategies):
                    await self._cut("strategy")
            elif said and not self._params.is_backchannel(said) and (final or len(said.split()) >= PARTIAL_WORDS):
                await self._cut("words")

    async def interrupted(self) -> None:
        self.close()
        self._held_at = None
        if self.over_bot:
            self.begun = True

    async def _time_is_up(self) -> None:
        self._timer = None
        if self._held_at is None:
            return
        still = self._last_voiced is None and self._owner.voiced
        voiced = (self._owner.clock.now() if self._last_voiced is None else self._last_voiced) - self._onset
        if self.strategies:
            await self._go_on("timeout")
        elif self._params.is_backchannel(self._latest):
            await self._go_on("backchannel")
        elif still or voiced >= self._params.min_speech_secs:
            await self._cut("speech")
        else:
            await self._go_on("too_short")

    # -- the second step --------------------------------------------------------------------------------------------

    async def _cut(self, reason: str) -> None:
        self._note("cut", reason)
        self.close()
        self._held_at = None
        await self.begin(reason)

    async def _go_on(self, reason: str) -> None:
        self.close()
        if self._held_at is not None:
            self._note("resume", reason)
            self._held_at = None
            await self._owner.resume()

    async def verdict(self, text: str) -> Verdict:
        if self.begun or not self.over_bot or not self._allow:
            verdict = await super().verdict(text)
            await self._go_on(verdict[1])
            return verdict
        verdict = await self._judged(text)
        self.over_bot = not text
        if verdict[0] == "turn":
            await self._cut(verdict[1])
        else:
            await self._go_on(verdict[1])
        if text:
            await self.reset()
        return verdict

    async def _judged(self, text: str) -> Verdict:
        if not text:
            return "discarded", "no_words" if self._held_at is not None else "too_short"
        if self.strategies and await self.first_says_yes():
            return "turn", "strategy"
        if self._params.is_backchannel(text):
            return "backchannel", "backchannel"
        return ("discarded", "strategy") if self.strategies else ("turn", "words")

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _note(self, decision: str, reason: str) -> None:
        now = self._owner.clock.now()
        held = None if self._held_at is None else round((now - self._held_at) * 1000, 1)
        self._owner.journal.record(
            "barge_in", {"decision": decision, "reason": reason, "at": rounded(self._onset), "held_ms": held}
        )

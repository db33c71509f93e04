"""When speech over the bot's voice counts as an interruption (TURN-15…20)."""

from __future__ import annotations

from abc import ABC, abstractmethod

from bots.engine.checks import Checks
from bots.engine.errors import SpecError


class StrategyError(SpecError, ValueError):
    """A strategy for turns was given a number that it cannot mean."""

    code = "turns.strategy"


CHECK = Checks(StrategyError)
"""Raises ``turns.strategy``."""


class BaseInterruptionStrategy(ABC):
    """Hears what the caller says while the bot speaks and decides when the caller stops (TURN-16)."""

    async def append_audio(self, audio: bytes, sample_rate: int) -> None:  # noqa: B027 (a hook)
        """Take caller audio, s16le mono."""

    async def append_text(self, text: str) -> None:  # noqa: B027 (a hook)
        """Take a final transcription."""

    @abstractmethod
    async def should_interrupt(self) -> bool:
        """Decide, when the caller has stopped speaking."""

    async def reset(self) -> None:  # noqa: B027 (a hook)
        """Forget what was collected; after each decision and whenever the caller begins (TURN-20)."""

    def enough(self, text: str) -> bool:
        """Whether text that is not final would interrupt already; asked only by the two-step barge-in."""
        return False


class MinWordsInterruptionStrategy(BaseInterruptionStrategy):
    """Interrupts when the caller said at least ``min_words`` words, split at white space (TURN-17, TURN-19)."""

    def __init__(self, min_words: int) -> None:
        if isinstance(min_words, bool) or not isinstance(min_words, int) or min_words <= 0:
            raise StrategyError(f"min_words must be a whole number above 0, not {min_words!r}.")
        self._min_words = min_words
        self._text = ""

    async def append_text(self, text: str) -> None:
        self._text += " " + text

    async def should_interrupt(self) -> bool:
        return self.enough(self._text)

    async def reset(self) -> None:
        self._text = ""

    def enough(self, text: str) -> bool:
        return len(text.split()) >= self._min_words

"""When speech over the bot's voice counts as an interruption (TURN-15…20)."""

from __future__ import annotations

from abc import ABC, abstractmethod

from bots.engine.errors import SpecError


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


class MinWordsInterruptionStrategy(BaseInterruptionStrategy):
    """Interrupts when the caller said at least ``min_words`` words, split at white space (TURN-17)."""

    def __init__(self, min_words: int) -> None:
        if min_words <= 0:
            raise SpecError("The least number of words that interrupts must be above zero.")
        self._min_words = min_words
        self._text = ""

    async def append_text(self, text: str) -> None:
        self._text += " " + text

    async def should_interrupt(self) -> bool:
        return len(self._text.split()) >= self._min_words

    async def reset(self) -> None:
        self._text = ""

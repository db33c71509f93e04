"""What cuts streamed text into pieces for speech (SPCH-06)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator
from enum import Enum


class TextAggregationMode(Enum):
    """How much text goes to the voice at once: whole sentences, or every token as it comes (SPCH-06)."""

    SENTENCE = "sentence"
    TOKEN = "token"  # noqa: S105 (a unit of text)


class TextAggregator(ABC):
    """Takes text piece by piece and returns what is ready to be spoken.

    Nothing is lost or added: the outputs and the flush, joined without anything between them, are the input (white
    space at the very end apart).
    """

    @abstractmethod
    def feed(self, text: str) -> list[str]:
        """Take the next piece and return what it completes, in order."""

    @abstractmethod
    def flush(self) -> list[str]:
        """Return what is left at the end of a response and begin anew."""

    @abstractmethod
    def reset(self) -> None:
        """Drop what is held (an interruption)."""

    async def aggregate(self, text: str) -> AsyncIterator[str]:
        """Like :meth:`feed`, one by one, so that what happens between two outputs happens in order."""
        for ready in self.feed(text):
            yield ready


class TokenAggregator(TextAggregator):
    """Passes every token on at once (``TextAggregationMode.TOKEN``)."""

    def feed(self, text: str) -> list[str]:
        return [text] if text else []

    def flush(self) -> list[str]:
        return []

    def reset(self) -> None:
        """Nothing is ever held."""

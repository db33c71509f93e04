"""Tagged passages in streamed text: found, handed to a handler, taken out or left in (TXT-03…09)."""

from __future__ import annotations

import inspect
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Self

from bots.engine.checks import Checks
from bots.engine.errors import EngineError

from .aggregation import TextAggregator
from .sentences import SentenceAggregator


class PatternRefused(EngineError, ValueError):
    """A pattern pair that could match anything, or nothing (TXT-04)."""

    code = "text.pattern"
    owner = "author"
    next_step = "Give the pair two marks."


CHECK = Checks(PatternRefused)


@dataclass(frozen=True, slots=True)
class PatternMatch:
    """A complete pair (TXT-06): ``full_match`` with its marks, ``content`` between them."""

    pattern_id: str
    full_match: str
    content: str


Handler = Callable[[PatternMatch], Awaitable[None] | None]


@dataclass(frozen=True, slots=True)
class _Pair:
    pattern_id: str
    start: str
    end: str
    remove: bool


class PatternPairAggregator(TextAggregator):
    """Sentence aggregation that looks for pairs of marks across tokens (TXT-03).

    A complete pair goes to its handler and, with ``remove_match``, out of the text; an open pair holds everything after
    its start mark back. What was ready before the pair comes out before the handler runs with :meth:`aggregate`; with
    :meth:`feed` handlers run first and must be plain functions. An unclosed pair is spoken as plain text at
    :meth:`flush` (TXT-09).
    """

    def __init__(self, sentences: TextAggregator | None = None) -> None:
        CHECK.kinds_or_none(TextAggregator, "a text aggregator", sentences=sentences)
        self._sentences = sentences or SentenceAggregator()
        self._pairs: dict[str, _Pair] = {}
        self._handlers: dict[str, Handler] = {}
        self._starts: re.Pattern[str] | None = None
        self._text = ""

    def add_pattern_pair(
        self, pattern_id: str, start_pattern: str, end_pattern: str, remove_match: bool = True
    ) -> Self:
        """Look for a pair of literal marks (TXT-04); the same id again replaces it. Returns self for chaining."""
        for name, mark in (("start_pattern", start_pattern), ("end_pattern", end_pattern)):
            if not isinstance(mark, str) or not mark:
                raise PatternRefused(f"{name} must be a text that is not empty.")
        CHECK.texts(pattern_id=pattern_id)
        CHECK.flags(remove_match=remove_match)
        self._pairs[pattern_id] = _Pair(pattern_id, start_pattern, end_pattern, remove_match)
        longest_first = sorted({pair.start for pair in self._pairs.values()}, key=len, reverse=True)
        self._starts = re.compile("|".join(map(re.escape, longest_first)))
        return self

    def on_pattern_match(self, pattern_id: str, handler: Handler) -> Self:
        """Call ``handler(match)`` for each complete pair of this id (TXT-05). Returns self for chaining."""
        CHECK.functions(handler=handler)
        self._handlers[pattern_id] = handler
        return self

    def feed(self, text: str) -> list[str]:
        ready = []
        for step in self._steps(text):
            if isinstance(step, str):
                ready.append(step)
            elif handler := self._handlers.get(step.pattern_id):
                if inspect.iscoroutinefunction(handler):
                    raise TypeError("an async pattern handler needs aggregate(), not feed()")
                handler(step)
        return ready

    async def aggregate(self, text: str) -> AsyncIterator[str]:
        for step in self._steps(text):
            if isinstance(step, str):
                yield step
            elif handler := self._handlers.get(step.pattern_id):
                done = handler(step)
                if inspect.isawaitable(done):
                    await done

    def flush(self) -> list[str]:
        rest, self._text = self._text, ""
        return self._sentences.feed(rest) + self._sentences.flush()

    def reset(self) -> None:
        self._text = ""
        self._sentences.reset()

    def _steps(self, text: str) -> Iterator[str | PatternMatch]:
        """Yield ready sentences and complete pairs in the order of the text."""
        self._text += text
        while found := self._starts.search(self._text) if self._starts else None:
            yield from self._speak(found.start())
            pair = self._closed_pair(found[0])
            if pair is None:
                return
            inner = len(pair.start)
            close = self._text.index(pair.end, inner)
            match = PatternMatch(pair.pattern_id, self._text[: close + len(pair.end)], self._text[inner:close])
            if pair.remove:
                self._text = self._text[len(match.full_match) :]
            yield match
            if not pair.remove:
                yield from self._speak(len(match.full_match))
        yield from self._speak(len(self._text) - self._possible_start())

    def _speak(self, length: int) -> list[str]:
        """Give the first ``length`` characters to the sentences."""
        head, self._text = self._text[:length], self._text[length:]
        return self._sentences.feed(head) if head else []

    def _closed_pair(self, start: str) -> _Pair | None:
        """Return the pair with this start mark whose end comes first, None while none is closed."""
        ends = [
            (self._text.find(pair.end, len(start)), index, pair)
            for index, pair in enumerate(self._pairs.values())
            if pair.start == start
        ]
        closed = [entry for entry in ends if entry[0] >= 0]
        return min(closed)[2] if closed else None

    def _possible_start(self) -> int:
        """Return how many characters at the end may be the beginning of a start mark."""
        longest = max((len(pair.start) for pair in self._pairs.values()), default=0)
        for length in range(min(longest - 1, len(self._text)), 0, -1):
            tail = self._text[-length:]
            if any(pair.start.startswith(tail) for pair in self._pairs.values()):
                return length
        return 0

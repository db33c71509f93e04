"""When each word of a text is said: marks from the synthesiser merged by whitespace token. Pure.

A synthesiser marks what it pronounces ("12.50" is three marks, "a.m." may have none); a transcript has tokens. Every
token comes out once, in order, with monotonic times. One without a mark of its own shares the time of the token before
it, and both are flagged as estimated.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

WordSpan = tuple[str, int, int, bool]


def plain_text(text: str) -> str:
    """Return the text with control characters as spaces and every run of whitespace as one space."""
    return " ".join(CONTROL.sub(" ", text).split())


@dataclass(frozen=True, slots=True)
class Mark:
    """A synthesiser's word event: character offset into the plain text (from 0), sample at which it begins."""

    offset: int
    sample: int


class Timeline:
    """Turns marks, as they come, into finished words (text, first sample, end sample, estimated)."""

    def __init__(self, text: str) -> None:
        self._tokens = text.split(" ") if text else []
        self._offsets: list[int] = []
        offset = 0
        for token in self._tokens:
            self._offsets.append(offset)
            offset += len(token) + 1
        self._next = 0  # first token that is not finished
        self._since = 0  # the sample at which it begins, or the time that was shared out ends
        self._marked = False  # whether it has a mark of its own

    def mark(self, mark: Mark) -> list[WordSpan]:
        """Take one mark and return the words it finishes; marks that go back are ignored."""
        token = bisect_right(self._offsets, mark.offset) - 1
        if token < self._next or mark.sample < self._since:
            return []
        if token == self._next:
            if not self._marked and self._next == 0:
                self._since = mark.sample
            self._marked = True
            return []
        finished = self._share(token, mark.sample)
        self._marked = True
        return finished

    def finish(self, samples: int) -> list[WordSpan]:
        """Return the words that are left; the audio has ``samples``."""
        return self._share(len(self._tokens), max(samples, self._since))

    def _share(self, until: int, sample: int) -> list[WordSpan]:
        """Give the tokens before ``until`` the time up to ``sample``, by their length."""
        tokens = self._tokens[self._next : until]
        total = sum(map(len, tokens))
        spans: list[WordSpan] = []
        start, said = self._since, 0
        for index, token in enumerate(tokens):
            said += len(token)
            end = self._since + (sample - self._since) * said // total
            own = index == 0 and self._marked
            spans.append((token, start, end, not own or len(tokens) > 1))
            start = end
        self._next, self._since, self._marked = until, sample, False
        return spans

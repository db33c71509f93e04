"""Sentences out of streamed tokens, decided at the token that ends them (SPCH-06, ``spec/performance.md``)."""

from __future__ import annotations

import re
from enum import Enum

from .abbreviations import BEFORE_NUMBER, MAYBE_LAST, NEVER_LAST
from .aggregation import TextAggregationMode, TextAggregator, TokenAggregator

_STOP = re.compile(r"[.!?…]+|[。！？｡।॥؟۔։።။។]+|\n")
_CLOSERS = "\"'”’»)]}*_`」』）】〉》"
_OPENERS = "\"'“‘«„([{*_`「『（【〈《¿¡"
_PAIRS = ("“”", "()", "[]", "「」", "『』", "（）", "«»")
_DOTTED = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]")
_ELLIPSIS = re.compile(r"\.{2,}|\.*…+\.*")


class _Verdict(Enum):
    END = 1
    GOES_ON = 2
    UNCLEAR = 3


class SentenceAggregator(TextAggregator):
    """Gathers tokens to sentences and gives each one away as early as is safe.

    A stop at the end of a token ends the sentence there and then, unless the word before it may be an abbreviation, an
    initial, a number, an address, or stands in an open quotation: then the next characters decide. Line ends, and the
    stops of Chinese, Japanese, Hindi, Arabic and others count. Outputs are exact slices: a sentence after the first
    begins with the space before it.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self._text = ""
        self._scan = 0

    def feed(self, text: str) -> list[str]:
        self._text += text
        sentences = []
        while stop := _STOP.search(self._text, self._scan):
            verdict, end = self._weigh(stop)
            if verdict is _Verdict.UNCLEAR:
                break
            if verdict is _Verdict.END:
                sentences.append(self._text[:end])
                self._text, self._scan = self._text[end:], 0
            else:
                self._scan = end
        else:
            self._scan = len(self._text)
        return sentences

    def flush(self) -> list[str]:
        rest = self._text
        self.reset()
        return [rest] if rest.strip() else []

    def _weigh(self, stop: re.Match[str]) -> tuple[_Verdict, int]:
        """Say whether the sentence ends at ``stop``, and where it then ends or where to search on."""
        mark, end = stop[0], stop.end()
        before = self._text[: stop.start()]
        if not any(map(str.isalnum, before)):
            return _Verdict.GOES_ON, end
        if mark == "\n":
            return _Verdict.END, end
        closed = end
        while closed < len(self._text) and self._text[closed] in _CLOSERS:
            closed += 1
        if closed == len(self._text) and closed == end and _is_open(before):
            return _Verdict.UNCLEAR, end
        after = self._text[closed:]
        if mark[0] not in ".!?…":
            return _Verdict.END, closed
        if after and not after[0].isspace():
            return _Verdict.GOES_ON, end
        following = after.lstrip()[:1]
        if _ELLIPSIS.fullmatch(mark):
            return _by_capital(following), closed
        word = before.split()[-1].lstrip(_OPENERS) if not before[-1].isspace() else ""
        if mark == ".":
            return self._weigh_full_stop(word, before, after, following), closed
        if "://" in word and not after:
            return _Verdict.UNCLEAR, closed
        return (_Verdict.GOES_ON if closed > end and following.islower() else _Verdict.END), closed

    @staticmethod
    def _weigh_full_stop(word: str, before: str, after: str, following: str) -> _Verdict:
        lower = word.lower()
        if lower in NEVER_LAST or (len(word) == 1 and word.isalpha() and word.isupper() and word != "I"):
            return _Verdict.GOES_ON
        if lower in MAYBE_LAST or _DOTTED.fullmatch(word):
            return _by_capital(following)
        if lower in BEFORE_NUMBER and following.isdigit():
            return _Verdict.GOES_ON
        if word[-1:].isdigit() or any(sign in word for sign in ".@/"):
            if not after:
                return _Verdict.UNCLEAR
            marker = word.isdigit() and not before.strip(" \t\n" + _OPENERS)[: -len(word)].strip()
            return _Verdict.GOES_ON if marker else _Verdict.END
        return _Verdict.END


def _by_capital(following: str) -> _Verdict:
    """A capital (or a letter without case, a digit, an opening mark) begins a sentence; nothing yet tells nothing."""
    if not following:
        return _Verdict.UNCLEAR
    return _Verdict.GOES_ON if following.islower() or following.isdigit() or following in ",;:-–—" else _Verdict.END


def _is_open(text: str) -> bool:
    """Say whether a quotation, bracket or emphasis begun in ``text`` is still open, so its closing mark may follow."""
    if text.count('"') % 2 or text.count("**") % 2:
        return True
    return any(text.count(pair[0]) > text.count(pair[1]) for pair in _PAIRS)


def aggregator_for(mode: TextAggregationMode) -> TextAggregator:
    """Return a fresh aggregator for ``mode``."""
    return SentenceAggregator() if mode is TextAggregationMode.SENTENCE else TokenAggregator()

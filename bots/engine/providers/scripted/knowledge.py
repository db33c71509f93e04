"""Finding the passage that answers a question (BM25)."""

import math
from collections import Counter
from collections.abc import Sequence

from bots.engine.providers.scripted.script import Passage
from bots.engine.providers.scripted.spoken.words import listed, words_of

_SATURATION = 1.4
_LENGTH_SHARE = 0.75
_LEAST_SHARE = 0.4
"""Least share of the question's weight that a passage must cover to count as an answer."""
_UNKNOWN_SHARE = 0.4
"""How much a word counts that no passage holds: callers add many."""
_STOP = frozenset(
    listed(
        "a about am an and any are as at be been but by can could did do does for from get give had has have "
        "how i if in into is it its know like me my of on or please say so some tell than that the their them "
        "there these they this to us was we were what what's when where which who why will with would you "
        "your"
    )
)


def _terms(text: str) -> list[str]:
    return [_stem(word) for word in words_of(text) if word not in _STOP]


def _stem(word: str) -> str:
    for ending in ("'s", "ing", "ies", "es", "ed", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word.removesuffix("e") if len(word) > 4 else word


class Library:
    """Passages indexed once for many questions."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._passages = tuple(passages)
        self._counts = [Counter(_terms(f"{passage.title} {passage.text}")) for passage in passages]
        lengths = [sum(counts.values()) for counts in self._counts]
        self._mean = sum(lengths) / len(lengths) if any(lengths) else 1.0
        self._spread = Counter(term for counts in self._counts for term in counts)

    def _rarity(self, term: str) -> float:
        seen = self._spread[term]
        return math.log(1 + (len(self._passages) - seen + 0.5) / (seen + 0.5))

    def _score(self, counts: Counter[str], terms: Sequence[str]) -> float:
        length = sum(counts.values())
        drag = _SATURATION * (1 - _LENGTH_SHARE + _LENGTH_SHARE * length / self._mean)
        return sum(self._rarity(t) * counts[t] * (_SATURATION + 1) / (counts[t] + drag) for t in terms if counts[t])

    def answer(self, question: str) -> Passage | None:
        """The best passage for a question, or None when too little of the question is in it."""
        terms = list(dict.fromkeys(_terms(question)))
        if not terms or not self._passages:
            return None
        scores = [self._score(counts, terms) for counts in self._counts]
        best = max(range(len(scores)), key=scores.__getitem__)
        weight = sum(self._rarity(term) * (1 if self._spread[term] else _UNKNOWN_SHARE) for term in terms)
        covered = sum(self._rarity(term) for term in terms if self._counts[best][term])
        if scores[best] <= 0 or covered < _LEAST_SHARE * weight:
            return None
        return self._passages[best]

"""How alike two phrases are, when the recogniser may have got a word wrong."""

from collections.abc import Sequence
from functools import lru_cache

from bots.engine.providers.scripted.spoken.words import listed

_WORDS_READ = 40
_ALIKE = 0.75
"""Least likeness of two words that counts as the same word ("bell" for "bill")."""

_LIGHT = frozenset(
    listed(
        "a am an and are at be can could do does for have i i'd i'm in is it it's like me my of on or please "
        "some that the there this to us want we will with would you your"
    )
)
_LIGHT_WEIGHT = 0.25
_QUESTIONS = frozenset(listed("how what what's when where which who why"))
_QUESTION_WEIGHT = 0.5
_COVERAGE_SHARE = 0.8


@lru_cache(maxsize=4096)
def likeness(left: str, right: str) -> float:
    """One minus the edit distance by the longer word's length."""
    if left == right:
        return 1.0
    longer = max(len(left), len(right))
    if abs(len(left) - len(right)) > longer * (1 - _ALIKE) or longer > 40:
        return 0.0
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        previous, row[0] = row[0], i
        for j, b in enumerate(right, 1):
            previous, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, previous + (a != b))
    return 1.0 - row[-1] / longer


def _weight(word: str) -> float:
    if word in _QUESTIONS:
        return _QUESTION_WEIGHT
    return _LIGHT_WEIGHT if word in _LIGHT else 1.0


def _covered(needles: Sequence[str], hay: Sequence[str]) -> float:
    """Weighted share of the needles that occur in the hay, give or take a slip."""
    total = sum(_weight(word) for word in needles)
    got = 0.0
    for word in needles:
        best = max((likeness(word, other) for other in hay), default=0.0)
        if best >= _ALIKE:
            got += _weight(word) * best
    return got / total if total else 0.0


def phrase_score(expected: Sequence[str], heard: Sequence[str]) -> float:
    """0–1: how well what was heard fits an expected phrase; mostly its words being there, partly little else."""
    if not expected or not heard:
        return 0.0
    expected, heard = expected[:_WORDS_READ], heard[:_WORDS_READ]
    coverage = _covered(expected, heard)
    if coverage < _ALIKE:
        return coverage * _COVERAGE_SHARE
    return _COVERAGE_SHARE * coverage + (1 - _COVERAGE_SHARE) * _covered(heard, expected)

"""Word offsets inside a segment: kept where the synthesiser tells them, estimated where it does not (lessons T1)."""

from __future__ import annotations

from collections.abc import Sequence

from bots.engine.frames import SpokenWord

CHARACTERS_PER_SECOND = 15.0


def estimated_words(
    text: str, duration: float | None = None, began: float = 0.0, pace: float = CHARACTERS_PER_SECOND
) -> tuple[SpokenWord, ...]:
    """Spread a text's words over ``duration`` seconds by their length (default: at ``pace`` characters a second)."""
    words = text.split()
    weights = [len(word) + 1 for word in words]
    total = sum(weights)
    if not total:
        return ()
    seconds = duration if duration is not None else total / pace
    spoken, position = [], 0
    for word, weight in zip(words, weights, strict=True):
        start, position = began + seconds * position / total, position + weight
        spoken.append(SpokenWord(word, start, began + seconds * position / total, estimated=True))
    return tuple(spoken)


def merged_words(
    text: str, known: Sequence[SpokenWord], duration: float | None = None, pace: float = CHARACTERS_PER_SECOND
) -> tuple[SpokenWord, ...]:
    """Return timings for every word of ``text``: the known ones, then estimates for the rest."""
    rest = text.split()[len(known) :]
    began = known[-1].end if known else 0.0
    left = max(0.0, duration - began) if duration is not None else None
    return (*known, *estimated_words(" ".join(rest), left, began, pace))


def pace_of(text: str, seconds: float) -> float:
    """Return how many characters a second a voice spoke, on the scale of :func:`estimated_words`."""
    return sum(len(word) + 1 for word in text.split()) / seconds

"""The words of an utterance, as every parser reads them."""

import re
from dataclasses import dataclass

TEXT_LIMIT = 1000
"""Characters of one utterance that are read; a caller's turn is far shorter."""

_HALF_DAY = re.compile(r"\b([ap])\.\s?m\b\.?", re.IGNORECASE)
_CLOCK_WORD = re.compile(r"\bo+h?[ ']+clock\b")
_SPELT_HALF_DAY = re.compile(r"\b([ap]) m\b")
_WORD = re.compile(
    r"\d{4}-\d{2}-\d{2}|\d{1,2}:\d{2}|\d+(?:st|nd|rd|th)\b|\d+\.\d+|\d+|\+|[^\W\d_]+(?:'[^\W\d_]+)*", re.UNICODE
)


@dataclass(frozen=True, slots=True)
class Found:
    """A value and the words it was read from (`start` inclusive, `end` exclusive)."""

    value: str | int | float | bool
    start: int
    end: int


def listed(text: str) -> list[str]:
    """The words of a table, written as one text."""
    return text.split()


def words_of(text: str) -> list[str]:
    """Lower-case words of a text; punctuation is dropped, "p.m." and "p m" become "pm", "o clock" becomes "o'clock"."""
    lowered = text[:TEXT_LIMIT].lower().replace("’", "'").replace("–", "-")
    lowered = _HALF_DAY.sub(r"\1m", lowered)
    lowered = _CLOCK_WORD.sub("o'clock", lowered)
    lowered = _SPELT_HALF_DAY.sub(r"\1m", lowered)
    return _WORD.findall(lowered)


def without(words: list[str], found: Found | None) -> list[str]:
    """The words that a parser did not use; a gap marker keeps the two sides from reading as one phrase."""
    if found is None:
        return list(words)
    return [*words[: found.start], "|", *words[found.end :]]


def strip_lead(words: list[str], leads: tuple[tuple[str, ...], ...]) -> tuple[list[str], bool]:
    """Drop any of the leading phrases, repeatedly; says whether something was dropped."""
    rest, dropped = list(words), False
    while rest:
        lead = next((lead for lead in leads if tuple(rest[: len(lead)]) == lead), None)
        if lead is None:
            break
        rest, dropped = rest[len(lead) :], True
    return rest, dropped

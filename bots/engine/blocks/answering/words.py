"""What the first words of a call tell about who says them (lessons T17). Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from itertools import chain

from .findings import AnswerKind, Finding, FoundBy
from .phrases import (
    MACHINE_DECISIVE,
    MACHINE_HINTS,
    MENU_DECISIVE,
    PERSON,
    SCREENER_DECISIVE,
    SCREENER_WAITS,
)

LONG_S = 2.5
"""Most people who take a call say less at a stretch, so that one waits for what follows longer speech (a limit that
carriers use too: Twilio's "Answering Machine Detection", MachineDetectionSpeechThreshold, 2400 ms)."""

VERY_LONG_S = 6.0
"""Longer speech without a pause counts as a hint beside another one."""

ENOUGH = 2
_NUMBERS = {
    word: digit
    for digit, words in enumerate(
        ("zero null cero", "one eins uno un", "two zwei dos deux", "three drei tres trois", "four vier cuatro quatre",
         "five funf cinco cinq", "six sechs seis", "seven sieben siete sept", "eight acht ocho huit",
         "nine neun nueve neuf")
    )
    for word in words.split()
}  # fmt: skip


def plain(text: str) -> str:
    """Return text as the tables have it: small letters, no accents or punctuation, one space between words."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(character for character in parts if not unicodedata.combining(character))
    return " ".join(re.findall(r"[a-z0-9]+", re.sub(r"['’´`]", "", bare)))


def in_digits(text: str) -> str:
    """Return plain text with spoken digits as digits, as menus are told by them."""
    return " ".join(str(_NUMBERS.get(word, word)) for word in text.split())


def _all(table: Mapping[str, tuple[str, ...]]) -> re.Pattern[str]:
    phrases = sorted(set(chain.from_iterable(table.values())), key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, phrases))})\b")


_MACHINE, _HINTS, _PERSON = _all(MACHINE_DECISIVE), _all(MACHINE_HINTS), _all(PERSON)
_SCREENER, _WAITS, _MENU = _all(SCREENER_DECISIVE), _all(SCREENER_WAITS), _all(MENU_DECISIVE)


def _count(pattern: re.Pattern[str], text: str) -> int:
    return len({found[0] for found in pattern.finditer(text)})


def asks_to_wait(text: str) -> bool:
    """Whether somebody (or a screener that puts the call through) asks to stay on the line."""
    return _WAITS.search(plain(text)) is not None


def is_doubtful(text: str, voiced_s: float = 0.0) -> bool:
    """Whether words are those of many greetings of machines, and of some people: one waits for what follows them."""
    said = plain(text)
    return _PERSON.search(said) is None and (voiced_s > LONG_S or _HINTS.search(said) is not None)


def found_in(text: str, voiced_s: float = 0.0) -> Finding | None:
    """Return what the words tell of a machine, a screener or a menu; None for words that a person may have said.

    ``voiced_s``: how long they took without a pause. All languages are looked at: screeners speak their owner's.
    """
    said = plain(text)
    if not said:
        return None
    person = 2 * _count(_PERSON, said) + text.rstrip().endswith("?")
    hints = _count(_HINTS, said)
    screener = 2 * _count(_SCREENER, said) - person
    menu = 2 * _count(_MENU, in_digits(said)) - person
    machine = 2 * _count(_MACHINE, said) + hints + (1 if hints and voiced_s > VERY_LONG_S else 0) - person
    if screener >= ENOUGH and screener >= machine - ENOUGH:
        return _finding(AnswerKind.SCREENER, screener)
    if menu >= ENOUGH and menu > machine:
        return _finding(AnswerKind.MENU, menu)
    return _finding(AnswerKind.MACHINE, machine) if machine >= ENOUGH else None


def _finding(kind: AnswerKind, score: int) -> Finding:
    return Finding(kind, FoundBy.WORDS, round(min(0.99, 0.6 + 0.08 * score), 2))

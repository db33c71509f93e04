"""Regular expressions that cannot hang a call."""

import re
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser as sre_parser  # type: ignore[attr-defined]
from typing import Any

LONGEST_PATTERN = 1000
"""Characters of a pattern."""
MATCH_LIMIT = 240
"""Characters of a caller's text that patterns see."""
_MOST_WAYS = 60_000
"""Ways a pattern may start matching at one place: two open repeats over a text of MATCH_LIMIT."""
_REPEATS = (sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT)
_SINGLE = (sre.LITERAL, sre.NOT_LITERAL, sre.ANY, sre.IN, sre.CATEGORY)
_REFERENCES = (sre.GROUPREF, sre.GROUPREF_EXISTS)


class UnsafePattern(ValueError):
    """The pattern could take very long on some text."""


def compiled(pattern: str) -> re.Pattern[str]:
    """Compile a pattern without regard to case; ValueError when malformed, UnsafePattern when it might hang.

    A repeat may hold one character class or a fixed run of them, never another repeat or alternatives, and at most two
    open repeats may follow each other, so the work for a text of MATCH_LIMIT characters is bounded.
    """
    if len(pattern) > LONGEST_PATTERN:
        raise UnsafePattern(f"longer than {LONGEST_PATTERN} characters")
    try:
        tree = sre_parser.parse(pattern, re.IGNORECASE)
        if _ways(tree) > _MOST_WAYS:
            raise UnsafePattern("too many open repeats in a row")
        return re.compile(pattern, re.IGNORECASE)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(str(error)) from None


def search(pattern: re.Pattern[str], text: str) -> dict[str, str] | None:
    """The named groups of the first match in a text, or None."""
    match = pattern.search(text[:MATCH_LIMIT])
    return None if match is None else {name: value for name, value in match.groupdict().items() if value}


def _ways(tree: Any) -> int:
    """How many ways a part of the pattern can match at one place, at most."""
    ways = 1
    for kind, body in tree:
        ways *= _ways_of(kind, body)
        if ways > _MOST_WAYS:
            return ways
    return ways


def _ways_of(kind: Any, body: Any) -> int:
    if kind in _REFERENCES:
        raise UnsafePattern("a reference to a group")
    if kind in _REPEATS:
        least, most, part = body
        return _repeat_ways(int(least), min(int(most), MATCH_LIMIT), part)
    if kind is sre.BRANCH:
        return sum(_ways(branch) for branch in body[1])
    if kind is sre.SUBPATTERN:
        return _ways(body[3])
    if kind in (sre.ASSERT, sre.ASSERT_NOT):
        return _ways(body[1])
    if kind is sre.ATOMIC_GROUP:
        return _ways(body)
    return 1


def _repeat_ways(least: int, most: int, part: Any) -> int:
    if most <= 1:
        return 1 - least + _ways(part)
    if not _fixed(part):
        raise UnsafePattern("a repeat inside a repeat, or alternatives inside a repeat")
    return max(1, most - least + 1)


def _fixed(tree: Any) -> bool:
    """A run of single characters, which a repeat can hold in one way only."""
    for kind, body in tree:
        if kind is sre.SUBPATTERN:
            if not _fixed(body[3]):
                return False
        elif kind not in _SINGLE and kind is not sre.AT:
            return False
    return True

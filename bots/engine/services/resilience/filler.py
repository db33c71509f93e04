"""A phrase to say while the model thinks (reliability, section 3: first token, soft limit)."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

REST_S = 4.0
"""Seconds between two fillers at the least: a chain of tools must not become a litany."""


class Filler:
    """Chooses phrases by the call's chance, never the same twice in a row when there are several."""

    def __init__(self, phrases: Sequence[str]) -> None:
        self._phrases = tuple(dict.fromkeys(phrases))
        self._last: str | None = None
        self._at = -REST_S

    def next(self, chance: Random, now: float) -> str | None:
        """Return what to say at media second ``now``; None without phrases or right after the last one."""
        if not self._phrases or now - self._at < REST_S:
            return None
        fresh = [phrase for phrase in self._phrases if phrase != self._last] or list(self._phrases)
        self._last, self._at = chance.choice(fresh), now
        return self._last

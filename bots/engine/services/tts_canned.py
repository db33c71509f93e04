"""Lines that were spoken while the voice still worked, for the moment in which it does not (P16)."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from bots.engine.frames import SpokenWord

MOST_LINES = 64
LONGEST_S = 15.0


@dataclass(frozen=True, slots=True)
class CannedLine:
    """A line's sound, s16le mono, and the places of its words as far as the voice told them."""

    pcm: bytes
    words: tuple[SpokenWord, ...] = ()


class CannedLines:
    """Sound by key, shared by the calls of a process, so that each voice is asked for its line once; bounded."""

    def __init__(self, most: int = MOST_LINES) -> None:
        self._lines: dict[Hashable, CannedLine] = {}
        self._most = most

    def __len__(self) -> int:
        return len(self._lines)

    def get(self, key: Hashable) -> CannedLine | None:
        """Return a line, at the rate that is part of its key."""
        return self._lines.get(key)

    def put(self, key: Hashable, line: CannedLine) -> None:
        """Keep a line; the oldest goes when there are too many."""
        while len(self._lines) >= self._most:
            del self._lines[next(iter(self._lines))]
        self._lines[key] = line

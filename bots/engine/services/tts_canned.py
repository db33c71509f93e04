"""Lines that were spoken while the voice still worked, for the moment in which it does not (P16)."""

from __future__ import annotations

from collections.abc import Hashable

MOST_LINES = 64
LONGEST_S = 15.0


class CannedLines:
    """Sound by key, shared by the calls of a process, so that each voice is asked for its line once; bounded."""

    def __init__(self, most: int = MOST_LINES) -> None:
        self._lines: dict[Hashable, bytes] = {}
        self._most = most

    def __len__(self) -> int:
        return len(self._lines)

    def get(self, key: Hashable) -> bytes | None:
        """Return a line's sound, s16le mono at the rate that is part of its key."""
        return self._lines.get(key)

    def put(self, key: Hashable, pcm: bytes) -> None:
        """Keep a line; the oldest goes when there are too many."""
        while len(self._lines) >= self._most:
            del self._lines[next(iter(self._lines))]
        self._lines[key] = pcm

"""Time-ordered identifiers for rows that people and journals refer to."""

import secrets
import threading
import time
import uuid

_MASK_48 = (1 << 48) - 1


class _Sequence:
    """Milliseconds and a counter within them that never go back, shared by the process's threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ms = 0
        self._counter = 0

    def following(self) -> tuple[int, int]:
        """The next pair of milliseconds and counter."""
        with self._lock:
            now_ms = time.time_ns() // 1_000_000
            if now_ms > self._ms:
                self._ms, self._counter = now_ms, secrets.randbits(10)
            elif self._counter < 0xFFF:
                self._counter += 1
            else:
                self._ms, self._counter = self._ms + 1, 0
            return self._ms, self._counter


_sequence = _Sequence()


def uuid7() -> uuid.UUID:
    """A version 7 UUID (RFC 9562): 48 bits of Unix milliseconds, a 12-bit counter, 62 random bits.

    Identifiers made by one process sort in the order they were made, also within one millisecond.
    """
    ms, counter = _sequence.following()
    value = (ms & _MASK_48) << 80 | 0x7 << 76 | counter << 64 | 0b10 << 62 | secrets.randbits(62)
    return uuid.UUID(int=value)

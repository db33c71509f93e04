"""How much of what a client sends is taken (client contract, section 6; issue: bad input)."""

from __future__ import annotations

from collections import deque


class Allowance:
    """A store that refills steadily: ``rate`` units a second, at most ``burst``. Times are seconds of one clock."""

    __slots__ = ("_at", "_burst", "_left", "_rate")

    def __init__(self, rate: float, burst: float) -> None:
        self._rate, self._burst = rate, burst
        self._left = burst
        self._at: float | None = None

    def take(self, amount: float, now: float) -> bool:
        """Take ``amount`` if it is there."""
        if self._at is not None:
            self._left = min(self._burst, self._left + (now - self._at) * self._rate)
        self._at = now
        if amount > self._left:
            return False
        self._left -= amount
        return True


class Tolerance:
    """Counts failures; more than ``limit`` within ``window`` seconds are too many."""

    __slots__ = ("_limit", "_times", "_window")

    def __init__(self, limit: int = 50, window: float = 10.0) -> None:
        self._limit, self._window = limit, window
        self._times: deque[float] = deque(maxlen=limit + 1)

    def exceeded(self, now: float) -> bool:
        """Note a failure; return whether they are too many now."""
        self._times.append(now)
        return len(self._times) > self._limit and now - self._times[0] <= self._window

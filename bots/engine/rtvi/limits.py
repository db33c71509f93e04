"""How fast a client may send: buckets that refill with the call's clock."""

from __future__ import annotations

from collections.abc import Callable


class Bucket:
    """Holds at most ``burst`` units and gains ``rate`` a second."""

    def __init__(self, rate: float, burst: float) -> None:
        self._rate, self._burst = rate, burst
        self._level, self._at = burst, 0.0

    def take(self, amount: float, now: float) -> bool:
        """Take ``amount`` units at ``now`` seconds, or return False and take nothing."""
        self._level = min(self._burst, self._level + (now - self._at) * self._rate)
        self._at = now
        if amount > self._level:
            return False
        self._level -= amount
        return True


class Limits:
    """The buckets of one client. ``now`` tells the call's seconds.

    Messages of all kinds, keys, page snapshots, seconds of sent audio, and our own answers to faulty messages (a flood
    of faults must not become a flood of answers).
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._buckets = {
            "messages": Bucket(50, 100),
            "dtmf": Bucket(20, 40),
            "ui-snapshot": Bucket(5, 20),
            "audio": Bucket(1.5, 20),
            "frames": Bucket(200, 400),
            "faults": Bucket(50, 200),
        }

    def allow(self, bucket: str, amount: float = 1.0) -> bool:
        """Whether ``amount`` more of a kind is within the limit; it is counted if so."""
        return self._buckets[bucket].take(amount, self._now())

"""When to connect again, and when to tell that it does not work (services 12, point 3; P3, P18)."""

from __future__ import annotations

from bots.engine.clock import BaseClock

from .failures import HOPELESS, Failure

FIRST_S = 0.25
MOST_S = 8.0
STEADY_S = 5.0
TELL_AFTER_S = 1.5


class Backoff:
    """Counts failures in a row: the first is mended within an eighth of a second, then pauses double up to eight.

    Chance keeps the calls of a process from trying all at the same moment (P18). A line that was heard from, or stood
    for five seconds, begins a new row.
    """

    def __init__(self, clock: BaseClock) -> None:
        self._clock = clock
        self._row = 0
        self._since = 0.0
        self._told = False
        self.hopeless = False

    def note(self, failure: Failure, up_s: float, heard: bool) -> bool:
        """Note the end of a connection; return whether people should hear of it now (once in a row)."""
        if heard or (up_s >= STEADY_S and failure is not Failure.SILENT):
            self._row, self._told = 0, False
        now = self._clock.now()
        if self._row == 0:
            self._since = now
        self._row += 1
        self.hopeless = failure in HOPELESS
        tell = self.hopeless or self._row >= (3 if up_s > 0.0 else 2) or now - self._since >= TELL_AFTER_S
        tell, self._told = tell and not self._told, tell or self._told
        return tell

    def pause(self) -> float:
        """Return the seconds to wait before the next attempt."""
        if self._row <= 1:
            return self._clock.random.uniform(0.0, FIRST_S / 2)
        return min(MOST_S, FIRST_S * 2.0 ** (self._row - 2)) * self._clock.random.uniform(0.5, 1.0)

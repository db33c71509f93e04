"""What a far end says it has played, as the call's media time (DESIGN 1.3; lessons T8; ADR 0018).

Pure bookkeeping. *Positions* are the moments at which sound is due by our clock; the far end plays it later. A mark's
name holds the position behind which it stands and the epoch, which a clear begins anew.

Carriers return a mark when the sound before it was played, at once when there is none, and all that wait after a clear
(Twilio, "Media Streams - WebSocket Messages", mark and clear; Telnyx and Exotel alike, Plivo by checkpoints).
"""

from __future__ import annotations

from collections import deque

MARK_EVERY = 0.5
"""Seconds of sound between two marks."""

MARK_GAP = 0.1
"""Seconds between two marks at the least, however often sound runs dry."""

PATIENCE = 2.0
"""A mark that has not come back this long after its sound was due is not waited for any more."""

UNMARKED_SECS = 0.2
"""How far behind the clock a far end is taken to be that says nothing."""

PROBE_EVERY = 2.0
LONGEST_WAY = 1.0
_TINY = 1e-6


class PlayedMarks:
    """The account of one stream: what was sent, what came back. ``tells``: the far end returns marks.

    Methods that may ask for a mark return its name, to be sent now, or None. All times are media seconds.
    """

    def __init__(self, *, tells: bool) -> None:
        self.tells = tells
        self.estimated = False
        """Marks have stayed away: the clock tells what was heard."""
        self.epoch = 0
        self._end = self._sent = self._marked = self._played = self._run_start = 0.0
        self._marked_at = self._probed_at = -PROBE_EVERY
        self._waiting: deque[float] = deque()
        self._opening: float | None = None
        self._basis: tuple[float, float] | None = None
        self._lag = UNMARKED_SECS
        self._probe: str | None = None
        self._probes = 0
        self._ways: deque[float] = deque(maxlen=8)
        self._stopped_at: float | None = None
        self._fresh = True
        self._acknowledged: list[tuple[float, float]] = []

    @property
    def way(self) -> float:
        """Seconds a message takes to the far end and back, as empty marks tell; 0 while nothing is known."""
        return min(self._ways, default=0.0)

    @property
    def all_played(self) -> bool:
        """Whether the far end has said that nothing is left to play."""
        return self._played >= self._end - _TINY

    # -- what is sent ------------------------------------------------------------------------------------------------

    def sound(self, due: float, seconds: float, now: float) -> str | None:
        """Note sound that is due at ``due``; ask for a mark before it where that measures the way there and back."""
        probe = None
        if self._fresh or due > self._end + _TINY:
            if self.all_played:
                self._played = due
                probe = self._ask(now) if now - self._probed_at >= PROBE_EVERY else None
            if self._fresh or now - self._marked_at >= MARK_GAP:
                self._opening = self._run_start = due
            self._fresh = False
        self._end = due + seconds
        return probe

    def sent(self, now: float) -> str | None:
        """Note that all sound was sent; ask for a mark behind the first of a run, then every half second."""
        self._sent = self._end
        if self._opening is None and self._end - self._marked < MARK_EVERY - _TINY:
            return None
        return self._mark(now)

    def pause(self, now: float) -> str | None:
        """Ask for a mark at the end of a speech: nothing more waits to be sent."""
        self._sent = self._end
        if self._end <= self._marked + _TINY or (self._opening is None and now - self._marked_at < MARK_GAP):
            return None
        return self._mark(now)

    def _mark(self, now: float) -> str | None:
        self._opening = None
        self._marked, self._marked_at = self._end, now
        if not self.tells:
            return None
        self._waiting.append(self._end)
        return f"{self.epoch}-{round(self._end * 1e6)}"

    def _ask(self, now: float) -> str | None:
        if not self.tells:
            return None
        self._probes += 1
        self._probed_at, self._probe = now, f"{self.epoch}-p{self._probes}"
        return self._probe

    # -- what comes back ---------------------------------------------------------------------------------------------

    def acknowledged(self, name: str, now: float) -> None:
        """Take a mark that came back; one of an earlier epoch, or that was never sent, says nothing."""
        if name == self._probe:
            self._learn_way(now)
            return
        epoch, _, place = name.partition("-")
        if epoch != str(self.epoch) or not (place.isascii() and place.isdecimal() and len(place) <= 15):
            return
        position = int(place) / 1e6
        if not self._played + _TINY < position <= self._marked + 2 * _TINY:
            return
        self._played = min(position, self._marked)
        self._basis, self._lag = (position, now), now - position
        self.estimated = False
        while self._waiting and self._waiting[0] <= position + _TINY:
            self._waiting.popleft()
        self._acknowledged.append((round(position, 3), round(now, 3)))

    def cleared(self, now: float) -> None:
        """Take the news that a clear was done, where the carrier says so."""
        if self._probe is not None:
            self._learn_way(now)

    def _learn_way(self, now: float) -> None:
        self._probe = None
        if now - self._probed_at <= LONGEST_WAY:
            self._ways.append(now - self._probed_at)

    @property
    def acknowledged_count(self) -> int:
        """Marks that came back since :meth:`take_acknowledged`."""
        return len(self._acknowledged)

    def take_acknowledged(self) -> list[tuple[float, float]]:
        """Return positions sent and when they came back, and forget them."""
        taken, self._acknowledged = self._acknowledged, []
        return taken

    # -- what was heard ----------------------------------------------------------------------------------------------

    def heard_until(self, now: float) -> float:
        """Return the media time up to which the far end has certainly played."""
        if self._stopped_at is not None:
            if now > self._stopped_at + PATIENCE:
                return now
            now = min(now, self._stopped_at)
        if not self.tells:
            return now - UNMARKED_SECS
        if self.all_played:
            return max(now, self._end)
        while self._waiting and now > self._waiting[0] + PATIENCE:
            self._waiting.popleft()
            self.estimated = True
        return now - UNMARKED_SECS if self.estimated else self._certain(now)

    def _certain(self, now: float) -> float:
        reached = self._run_start if self._basis is None else self._basis[0] + now - self._basis[1]
        return min(reached, self._next_unknown())

    def _next_unknown(self) -> float:
        if self._waiting:
            return self._waiting[0]
        return self._sent if self._opening is None else self._opening

    def clear(self, now: float) -> tuple[float, str | None]:
        """Begin a new epoch; return the seconds that will not have been played, and a mark to send with the clear.

        What the far end plays until the clear reaches it counts as played: that is the way there and back later than
        what is certain.
        """
        if self.all_played:
            return 0.0, None
        reached = min(self._reached_at_clear(now), self._sent)
        unplayed = max(0.0, self._end - reached)
        self.epoch += 1
        self._end = self._sent = self._marked = self._played = self._end - unplayed
        self._waiting.clear()
        self._opening = self._basis = None
        self._fresh = True
        return unplayed, self._ask(now)

    def _reached_at_clear(self, now: float) -> float:
        heard = self.heard_until(now)
        if not self.tells or self.estimated or self._stopped_at is not None:
            return heard
        if self._basis is not None and self._basis[0] > self._run_start:
            return heard + self.way
        return max(heard, min(now - self._lag, self._next_unknown()) + self.way)

    def stop(self, now: float) -> None:
        """The stream is gone: nothing is played any more."""
        if self._stopped_at is None:
            self._stopped_at = now

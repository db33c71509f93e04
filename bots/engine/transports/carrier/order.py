"""Chunks of sound in the order in which they were spoken (reliability C7).

Telnyx does not promise an order and gives chunk counts and times to make one; the others number theirs alike.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from bots.engine.audio.concealment import conceal
from bots.engine.transports.media_stream import StreamMedia

WINDOW_MS = 60.0
"""How long a chunk waits for one that should have come before it, and the longest gap that is filled."""

TOLERANCE_MS = 10.0
"""How exact a carrier's own times are taken to be."""

RESTART_AFTER = 50
"""As many chunks in a row that came too late are no stragglers: the carrier counts anew."""


@dataclass(slots=True)
class Disturbances:
    """What became of a stream's chunks; ``lost_ms`` of sound never came."""

    reordered: int = 0
    dropped: int = 0
    lost_ms: float = 0.0


class ChunkOrder:
    """Puts chunks in order by their count or, where there is none, by their time.

    A chunk that is there already or comes too late is dropped. One that comes early waits until the gap before it is
    closed, 60 ms of sound wait behind it, or 60 ms have passed; a gap of at most 60 ms is then filled with what was
    heard last, fading.
    """

    def __init__(self) -> None:
        self.counts = Disturbances()
        self._held: list[tuple[StreamMedia, float]] = []
        self._last: StreamMedia | None = None
        self._last_arrival = 0.0
        self._late = 0

    def take(self, chunk: StreamMedia, now: float) -> list[StreamMedia]:
        """Return what can be heard now that ``chunk`` has come at ``now`` (seconds)."""
        if self._follows(chunk) or self._after_a_pause(chunk, now):
            found = self._deliver(chunk, now)
            return found + self._release(now)
        if self._is_behind(chunk) or any(self._key(held) == self._key(chunk) for held, _ in self._held):
            self.counts.dropped += 1
            self._late += 1
            if self._late < RESTART_AFTER:
                return self._release(now)
            self._held.clear()
            self._last = None
            return self._deliver(chunk, now)
        self._held.append((chunk, now))
        if len(self._held) > 1 and self._key(chunk) < self._key(self._held[-2][0]):
            self._held.sort(key=lambda held: self._key(held[0]))
        return self._release(now)

    def rest(self) -> list[StreamMedia]:
        """Return what still waits: nothing more will come."""
        found: list[StreamMedia] = []
        while self._held:
            found += self._deliver(*self._held.pop(0), lost=True)
        return found

    def _release(self, now: float) -> list[StreamMedia]:
        found: list[StreamMedia] = []
        while self._held:
            first = self._held[0][0]
            follows = self._follows(first)
            if not follows and self._waited_ms(now) < WINDOW_MS - 1e-3:
                break
            self.counts.reordered += follows
            found += self._deliver(first, now, lost=not follows)
            del self._held[0]
        return found

    def _waited_ms(self, now: float) -> float:
        sound = sum(_length_ms(held) for held, _ in self._held)
        return max(sound, (now - min(arrival for _, arrival in self._held)) * 1000)

    def _deliver(self, chunk: StreamMedia, now: float, *, lost: bool = False) -> list[StreamMedia]:
        gap = self._gap_ms(chunk) if lost else 0.0
        filled = []
        if gap > TOLERANCE_MS and self._last is not None:
            self.counts.lost_ms += gap
            if gap <= WINDOW_MS + TOLERANCE_MS and chunk.at_ms is not None:
                pcm = conceal(self._last.pcm, round(gap * chunk.sample_rate / 1000))
                filled = [replace(chunk, pcm=pcm, at_ms=chunk.at_ms - round(gap), sequence=None)]
        self._last, self._last_arrival, self._late = chunk, now, 0
        return [*filled, chunk]

    # -- how a chunk stands to the last one --------------------------------------------------------------------------

    def _gap_ms(self, chunk: StreamMedia) -> float:
        if self._last is None or self._last.at_ms is None or chunk.at_ms is None:
            return 0.0
        return chunk.at_ms - (self._last.at_ms + _length_ms(self._last))

    def _follows(self, chunk: StreamMedia) -> bool:
        last = self._last
        if last is None:
            return True
        if last.sequence is not None and chunk.sequence is not None:
            if chunk.sequence <= last.sequence:
                return False
            if chunk.sequence == last.sequence + 1:
                return True
        elif chunk.at_ms is None or last.at_ms is None:
            return True
        return chunk.at_ms is not None and last.at_ms is not None and abs(self._gap_ms(chunk)) <= TOLERANCE_MS

    def _after_a_pause(self, chunk: StreamMedia, now: float) -> bool:
        """Whether nothing was sent for as long as the gap is: then nothing is on its way that could fill it."""
        gap = self._gap_ms(chunk)
        return gap > WINDOW_MS and not self._held and (now - self._last_arrival) * 1000 >= gap

    def _is_behind(self, chunk: StreamMedia) -> bool:
        last = self._last
        if last is None:
            return False
        if last.sequence is not None and chunk.sequence is not None:
            return chunk.sequence <= last.sequence
        return self._gap_ms(chunk) < -TOLERANCE_MS

    def _key(self, chunk: StreamMedia) -> int:
        return chunk.sequence if chunk.sequence is not None else chunk.at_ms or 0


def _length_ms(chunk: StreamMedia) -> float:
    return len(chunk.pcm) / 2 / chunk.sample_rate * 1000

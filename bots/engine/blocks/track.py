"""One side of a recording in memory: samples at their time, silence where none came (REC-07)."""

from __future__ import annotations

from collections import deque

from bots.engine.audio.resampler import Resampler

REACH_BACK_SECS = 1.0
TOLERANCE_SECS = 0.01


class Track:
    """Audio of one side at ``rate`` Hz, as s16le bytes; times are seconds since the recording began."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self.begin = 0
        self._held = bytearray()
        self._resampler: Resampler | None = None
        self._placed: float | None = None
        self._recent: deque[tuple[int, bytes]] = deque()
        self._recent_samples = 0
        self._turn: int | None = None

    def __bool__(self) -> bool:
        return bool(self._held)

    @property
    def samples(self) -> int:
        """How many samples wait to be taken."""
        return len(self._held) // 2

    @property
    def _end(self) -> int:
        return self.begin + self.samples

    def add(self, pcm: bytes, rate: int, at: float | None) -> None:
        """Append audio that begins at ``at``, or where the last one ended (None); a gap becomes silence.

        What lies before the recording's beginning, or in a part that was taken already, is left out.
        """
        if at is not None and (self._placed is None or abs(at - self._placed) > TOLERANCE_SECS):
            self._end_stretch()
            early = self._end / self._rate - at
            if early < 0:
                self._append(bytes(round(-early * self._rate) * 2))
            else:
                skipped = min(len(pcm), round(early * rate) * 2)
                pcm, at = pcm[skipped:], at + skipped / 2 / rate
            self._placed = at
        if self._placed is not None:
            self._placed += len(pcm) / 2 / rate
        self._append(self._at_our_rate(pcm, rate))

    def _at_our_rate(self, pcm: bytes, rate: int) -> bytes:
        if rate == self._rate:
            self._end_stretch()
            return pcm
        if self._resampler is None or self._resampler.in_rate != rate:
            self._end_stretch()
            self._resampler = Resampler(rate, self._rate)
        return self._resampler.process(pcm)

    def _end_stretch(self) -> None:
        """Let out what the resampler holds back, as what follows does not join on."""
        if self._resampler is not None:
            self._append(self._resampler.flush())

    def _append(self, pcm: bytes) -> None:
        self._held += pcm
        self._recent.append((self._end - len(pcm) // 2, pcm))
        self._recent_samples += len(pcm) // 2
        reach = REACH_BACK_SECS * self._rate
        while self._turn is None and self._recent and self._recent_samples - len(self._recent[0][1]) // 2 > reach:
            self._recent_samples -= len(self._recent.popleft()[1]) // 2

    def finish(self) -> int:
        """End the track; return how many samples wait to be taken."""
        self._end_stretch()
        return self.samples

    def take(self, samples: int) -> bytes:
        """Remove and return the first samples, continued by silence where there are fewer."""
        taken = bytes(self._held[: samples * 2])
        del self._held[: samples * 2]
        self.begin += samples
        if len(taken) < samples * 2:
            self._placed = None
        return taken + bytes(samples * 2 - len(taken))

    # -- turns ---------------------------------------------------------------------------------------------------------

    def begin_turn(self, at: float) -> None:
        """Keep everything from ``at`` on, which may lie up to a second back."""
        self._turn = max(0, round(at * self._rate))

    def end_turn(self) -> bytes:
        """Return the turn's audio and keep no more than a second from now on."""
        turn, self._turn = self._turn, None
        if turn is None:
            return b""
        parts = [pcm[max(0, turn - begin) * 2 :] for begin, pcm in self._recent]
        return b"".join(parts)

"""What the person at the far end hears, as a telephone plays it: late, in order, cut by a clear."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

RATE = 8000
STEP_S = 0.02
LOUD = 300.0
"""Level (RMS of 16-bit samples) from which sound counts as speech."""


@dataclass(slots=True)
class Piece:
    """Sound that begins at ``at`` seconds of the call."""

    at: float
    pcm: bytes

    @property
    def end(self) -> float:
        """When it is over."""
        return self.at + len(self.pcm) / 2 / RATE


class Earpiece:
    """Plays what arrives, ``lag`` seconds late when nothing plays; marks come back when what is before them is over."""

    def __init__(self, now: Callable[[], float], lag: float = 0.06) -> None:
        self._now, self._lag = now, lag
        self._pieces: list[Piece] = []
        self._marks: list[tuple[asyncio.TimerHandle, Callable[[], None]]] = []
        self.clears = 0
        self.gaps: list[float] = []
        """Seconds by which sound came too late to go on without a gap."""

    @property
    def plays_until(self) -> float:
        """When what is there is over."""
        return self._pieces[-1].end if self._pieces else 0.0

    def take(self, pcm: bytes) -> None:
        """Play s16le at 8 kHz behind what waits."""
        now, until = self._now(), self.plays_until
        if until >= now:
            at = until
        else:
            at = now + self._lag
            if self._pieces and now - until < 0.3:
                self.gaps.append(now - until)
        self._pieces.append(Piece(at, pcm))

    def mark(self, told: Callable[[], None]) -> None:
        """Call ``told`` when everything before this moment was played."""
        handle = asyncio.get_running_loop().call_later(max(0.0, self.plays_until - self._now()), self._reached)
        self._marks.append((handle, told))

    def _reached(self) -> None:
        _, told = self._marks.pop(0)
        told()

    def clear(self) -> None:
        """Drop what was not played; the marks in it come back at once."""
        now = self._now()
        self.clears += 1
        kept = [piece for piece in self._pieces if piece.at < now]
        if kept and kept[-1].end > now:
            kept[-1].pcm = kept[-1].pcm[: max(0, round((now - kept[-1].at) * RATE)) * 2]
        self._pieces = kept
        while self._marks:
            self._marks[0][0].cancel()
            self._reached()

    def track(self) -> bytes:
        """All that was heard until now, from the call's begin, with its pauses."""
        now = self._now()
        samples = np.zeros(max(0, round(now * RATE)), np.int16)
        for piece in self._pieces:
            at = round(piece.at * RATE)
            sound = np.frombuffer(piece.pcm, "<i2")[: max(0, len(samples) - at)]
            samples[at : at + len(sound)] = sound
        return samples.astype("<i2").tobytes()

    @property
    def loud_until(self) -> float:
        """When the last loud sound is over, of those that were heard or wait; 0 before there was one."""
        for piece in reversed(self._pieces):
            if (last := last_loud(piece.pcm)) is not None:
                return piece.at + last
        return 0.0

    def quiet_for(self) -> float:
        """Seconds since the last loud sound was heard; 0 while one is heard or waits."""
        return max(0.0, self._now() - self.loud_until)

    @property
    def has_spoken(self) -> bool:
        """Whether anything loud was heard at all."""
        return any(last_loud(piece.pcm) is not None for piece in self._pieces)

    def spoken_for(self) -> float:
        """Seconds since the present speech began: sound without a pause of half a second; 0 in a pause."""
        now, begun, end = self._now(), None, None
        for piece in self._pieces:
            if piece.at > now or last_loud(piece.pcm) is None:
                continue
            if end is None or piece.at - end > 0.5:
                begun = piece.at
            end = piece.end
        return now - begun if begun is not None and end is not None and now - end < 0.5 else 0.0


def last_loud(pcm: bytes) -> float | None:
    """The end of the last loud step of a sound, in seconds from its begin."""
    size = round(RATE * STEP_S)
    samples = np.frombuffer(pcm, "<i2").astype(np.float64)
    for start in range((len(samples) - 1) // size * size, -1, -size):
        step = samples[start : start + size]
        if len(step) and float(np.sqrt((step**2).mean())) > LOUD:
            return (start + len(step)) / RATE
    return None

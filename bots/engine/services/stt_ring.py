"""The last seconds of caller audio, kept so that a new connection can be told what the old one lost (P10)."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sound:
    """A block of audio, s16le mono; ``at`` is the media time of its first sample."""

    pcm: bytes
    rate: int
    at: float

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.pcm) / 2 / self.rate

    @property
    def end(self) -> float:
        """The media time at which it is over."""
        return self.at + self.seconds


class AudioRing:
    """At most ``seconds`` of audio and a place in it; what is read stays, so that reading can begin again earlier.

    Blocks are numbered from 0 for the whole call. Audio that was pushed out unread counts as ``lost_s``.
    """

    def __init__(self, seconds: float) -> None:
        self._blocks: deque[Sound] = deque()
        self._limit, self._held = seconds, 0.0
        self._first = self._place = 0
        self._skip_until = 0.0
        self.lost_s = 0.0

    @property
    def end(self) -> int:
        """The number of the block that comes next."""
        return self._first + len(self._blocks)

    @property
    def place(self) -> int:
        """The number of the block that is read next."""
        return self._place

    def add(self, sound: Sound) -> None:
        """Append a block, and let go what is older than the limit."""
        self._blocks.append(sound)
        self._held += sound.seconds
        while self._held > self._limit + 1e-9 and len(self._blocks) > 1:
            oldest = self._blocks.popleft()
            self._held -= oldest.seconds
            if self._place == self._first:
                self._place += 1
                self.lost_s += oldest.seconds
            self._first += 1

    def read(self) -> Sound | None:
        """Return the next block, None when all was read; what was skipped by :meth:`rewind` is left out."""
        while self._place < self.end:
            block = self._blocks[self._place - self._first]
            self._place += 1
            if block.end <= self._skip_until + 1e-6:
                continue
            samples = max(0, round((self._skip_until - block.at) * block.rate))
            return Sound(block.pcm[samples * 2 :], block.rate, block.at + samples / block.rate) if samples else block
        return None

    def rewind(self, at: float) -> None:
        """Read next from media time ``at`` on, or from the oldest that is held."""
        self._place, self._skip_until = self._first, at

    def covers(self, at: float) -> bool:
        """Whether audio from ``at`` on is still held."""
        return bool(self._blocks) and self._blocks[0].at <= at + 0.05

    def forget(self) -> None:
        """Drop everything (the caller was muted)."""
        self._first = self._place = self.end
        self._blocks.clear()
        self._held = 0.0


class StreamClock:
    """Turns seconds of the audio that one connection was sent into media time; pauses and replays leave jumps."""

    def __init__(self) -> None:
        self._streamed: list[float] = []
        self._media: list[float] = []
        self._sent = 0.0

    def note(self, sound: Sound) -> None:
        """Note a block that is sent now."""
        expected = self._media[-1] + self._sent - self._streamed[-1] if self._media else None
        if expected is None or abs(sound.at - expected) > 0.005:
            self._streamed.append(self._sent)
            self._media.append(sound.at)
        self._sent += sound.seconds

    def media(self, seconds: float | None) -> float | None:
        """Return the media time of a moment of the stream; None where nothing was sent or nothing is asked."""
        if seconds is None or not self._media:
            return None
        index = max(0, bisect_right(self._streamed, seconds + 1e-9) - 1)
        return self._media[index] + seconds - self._streamed[index]

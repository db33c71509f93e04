"""Whether the microphone hears the bot itself: we own both signals and the clock (lessons T4).

What is played and what arrives are kept side by side at 8 kHz, in media time. Each arriving block is compared, with the
quarter of a second before it, to all that was played in the half second before: the bot's echo correlates with it
above 0.75 even in a room, the same speaker saying something else below 0.55 (tests hold both).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bots.engine.checks import is_number
from bots.engine.errors import SpecError

from .levels import rms
from .pcm import samples_of
from .resampler import resample_once

Floats = npt.NDArray[np.float32]

RATE = 8000
"""Hz at which both signals are compared."""

_WINDOW = RATE // 4
_RING = 4 * RATE
_FFT = 8192
_NEAR = 40
_SEARCH_EVERY = RATE // 20
_QUIET = 10 ** (-52 / 20)
_LEAST_POWER = 1e3


@dataclass(frozen=True, slots=True)
class EchoMatch:
    """How like the bot's own sound a piece of caller audio is: 0..1, at a delay in seconds."""

    likeness: float
    delay: float


class EchoError(SpecError, ValueError):
    """The echo test was given a number that it cannot mean."""

    code = "echo.params"


class _Track:
    """The newest four seconds of a signal at 8 kHz, by media time; what is missing is silence."""

    def __init__(self) -> None:
        self._ring: Floats = np.zeros(_RING, dtype=np.float32)
        self.end = 0

    def write(self, at: float, samples: Floats) -> None:
        start = round(at * RATE)
        if start > self.end:
            gap = min(start - self.end, _RING)
            self._put(start - gap, np.zeros(gap, dtype=np.float32))
        self._put(start, samples)
        self.end = max(self.end, start + len(samples))

    def _put(self, start: int, samples: Floats) -> None:
        place = start % _RING
        first = min(len(samples), _RING - place)
        self._ring[place : place + first] = samples[:first]
        self._ring[: len(samples) - first] = samples[first:]

    def cut(self, at: float) -> None:
        """Forget what lies after ``at``: it was taken back."""
        start = max(round(at * RATE), self.end - _RING)
        if start < self.end:
            self._put(start, np.zeros(self.end - start, dtype=np.float32))

    def read(self, start: int, end: int) -> Floats:
        """Return samples by number, at most four seconds; silence where nothing is known."""
        place = start % _RING
        found: Floats = np.concatenate([self._ring[place:], self._ring[:place]])[: end - start]
        found[max(0, min(end, self.end) - start) :] = 0.0
        if start < 0:
            found[:-start] = 0.0
        return found


class EchoDetector:
    """Compares one call's two directions; one instance for both transports' sides.

    ``max_delay_secs`` is the longest way from loudspeaker to microphone and back here; ``threshold`` 0..1 is the
    likeness from which sound counts as echo.
    """

    def __init__(self, *, max_delay_secs: float = 0.5, threshold: float = 0.6) -> None:
        if not is_number(max_delay_secs) or not 0.0 < max_delay_secs <= 0.7:
            raise EchoError(f"max_delay_secs must be above 0 and at most 0.7 seconds, not {max_delay_secs!r}.")
        if not 0.0 < threshold < 1.0:
            raise EchoError(f"threshold must be between 0 and 1, not {threshold!r}.")
        self._reach = math.ceil(max_delay_secs * RATE)
        self._threshold = threshold
        self._played, self._heard = _Track(), _Track()
        self._delay: int | None = None
        self._searched = -_RING
        self._sounds_until = -math.inf
        self.match = EchoMatch(0.0, 0.0)

    def played(self, pcm: bytes, rate: int, at: float) -> None:
        """Note a block that is heard at the far end from media time ``at`` on, s16le mono."""
        self._played.write(at, _at_8k(pcm, rate))
        self._sounds_until = at + len(pcm) / 2 / rate

    def cut(self, at: float) -> None:
        """Forget what was to be played after ``at``."""
        self._played.cut(at)
        self._sounds_until = min(self._sounds_until, at)

    def heard(self, pcm: bytes, rate: int, at: float) -> bool:
        """Take a block of caller audio whose first sample has media time ``at``; return whether it is echo."""
        seconds = len(pcm) / 2 / rate
        if at > self._sounds_until + self._reach / RATE:
            self._heard.end = 0
            return False
        self._heard.write(at, _at_8k(pcm, rate))
        if rms(pcm) < _QUIET:
            return False
        return self._compare(round((at + seconds) * RATE))

    def _compare(self, end: int) -> bool:
        """Look at the known delay, which costs little, and at all of them twenty times a second at most."""
        begin = end - _WINDOW
        mine = _sharpened(self._heard.read(begin, end))
        if self._delay is not None:
            near = self._best(mine, begin - self._delay - _NEAR, end - self._delay + _NEAR, fast=False)
            if near.likeness >= self._threshold:
                return self._take(near, begin)
        if abs(end - self._searched) < _SEARCH_EVERY:
            return False
        self._searched = end
        return self._take(self._best(mine, begin - self._reach, end, fast=True), begin)

    def _take(self, found: EchoMatch, begin: int) -> bool:
        self.match = EchoMatch(found.likeness, found.delay + begin / RATE)
        is_echo = found.likeness >= self._threshold
        if is_echo:
            self._delay = round(self.match.delay * RATE)
        return is_echo

    def _best(self, mine: Floats, start: int, end: int, *, fast: bool) -> EchoMatch:
        """Return the best likeness between ``start`` and ``end``; its delay is relative to the window's begin."""
        theirs = _sharpened(self._played.read(start, end))
        if fast:
            spectrum = np.fft.rfft(theirs, _FFT) * np.conj(np.fft.rfft(mine, _FFT))
            products = np.fft.irfft(spectrum, _FFT)[: len(theirs) - len(mine) + 1]
        else:
            products = np.correlate(theirs, mine, "valid")
        powers = np.concatenate([[0.0], np.cumsum(theirs.astype(np.float64) ** 2)])
        powers = np.maximum(powers[len(mine) :] - powers[: -len(mine)], _LEAST_POWER * len(mine))
        likeness = np.abs(products) / np.sqrt(powers * max(float(np.dot(mine, mine)), 1.0))
        best = int(np.argmax(likeness))
        return EchoMatch(min(1.0, float(likeness[best])), -(start + best) / RATE)


def _sharpened(samples: Floats) -> Floats:
    """Return the changes from sample to sample: without them the pitch of any two voices looks alike."""
    changes: Floats = samples[1:] - np.float32(0.95) * samples[:-1]
    return changes


def _at_8k(pcm: bytes, rate: int) -> Floats:
    if rate % RATE:
        return samples_of(resample_once(pcm, rate, RATE)).astype(np.float32)
    many = rate // RATE
    samples = samples_of(pcm)
    mean: Floats = samples[: len(samples) // many * many].reshape(-1, many).mean(axis=1, dtype=np.float32)
    return mean

"""The tone after which an answering machine records (lessons T17). Pure."""

from __future__ import annotations

import numpy as np

from bots.engine.audio.pcm import samples_of

FRAME_S = 0.032
LOWEST_HZ, HIGHEST_HZ = 400.0, 2000.0
CALL_TONES_HZ = 500.0
"""Below it lie the ringing and busy tones of the world (ITU-T E.180: 400 to 480 Hz), which may be heard of a
switchboard that puts a call through: there only short tones are a beep."""

SHORTEST_S, LONGEST_LOW_S, LONGEST_S = 0.3, 0.95, 3.0
PURE = 0.85
QUIETEST = 0.01
STEADY_HZ = 40.0


class BeepDetector:
    """Finds a steady tone of 400 to 2000 Hz, 0.3 to 3 s long, in audio that comes in pieces, s16le mono.

    A tone counts when it is over, so that nothing is said into it; ``sounding`` tells of one that is not over yet.
    """

    def __init__(self) -> None:
        self._rate = 0
        self._kept = b""
        self._steps = 0
        self._pitch = 0.0
        self._window: np.ndarray[tuple[int], np.dtype[np.float64]] = np.ones(1)

    @property
    def sounding(self) -> bool:
        """Whether a tone is heard that is long enough to be a beep."""
        return self._steps * FRAME_S >= SHORTEST_S - FRAME_S

    def hear(self, pcm: bytes, rate: int) -> bool:
        """Take a piece; return whether a beep ended in it."""
        if rate != self._rate:
            self._rate, self._kept, self._steps = rate, b"", 0
            self._window = np.hanning(round(rate * FRAME_S))
        size = 2 * len(self._window)
        data, found = self._kept + pcm, False
        for start in range(0, len(data) - size + 1, size):
            found = self._step(self._pitch_of(data[start : start + size])) or found
        self._kept = data[len(data) - len(data) % size :]
        return found

    def _step(self, pitch: float) -> bool:
        """Go on by one frame; return whether a beep ended before it."""
        if pitch and self._steps and abs(pitch - self._pitch) <= STEADY_HZ:
            self._steps += 1
            return False
        seconds, low = self._steps * FRAME_S, self._pitch < CALL_TONES_HZ
        self._steps, self._pitch = int(pitch > 0), pitch
        # The first and the last frame of a tone hold only part of it.
        return SHORTEST_S - FRAME_S <= seconds <= (LONGEST_LOW_S if low else LONGEST_S)

    def _pitch_of(self, frame: bytes) -> float:
        """Return the frequency that holds nearly all of a frame's power, 0 for anything but a tone."""
        samples = samples_of(frame).astype(np.float64) / 32768.0
        if np.abs(samples).max(initial=0.0) < QUIETEST:
            return 0.0
        power = np.abs(np.fft.rfft((samples - samples.mean()) * self._window)) ** 2
        top, step = int(power.argmax()), self._rate / len(self._window)
        near = power[max(0, top - 2) : top + 3]
        if not LOWEST_HZ <= top * step <= HIGHEST_HZ or near.sum() < PURE * power.sum():
            return 0.0
        places = np.arange(max(0, top - 2), max(0, top - 2) + len(near))
        return float((places * near).sum() / near.sum() * step)

"""Whether what came out of a loudspeaker is what a voice said, by its sound; a recogniser may mishear a clear voice."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

HOP = 320
"""Samples from one spectrum to the next: 20 ms at 16 kHz."""
BANDS = 20
PIECE = 25
"""Spectra that are looked for together: half a second."""
LOOSE = 12
"""How many spectra early or late a piece may come, as a jitter buffer lets it."""
SAME = 0.7
"""A correlation from which on two pieces pass for the same sound. Other words of the same voice stay below 0.6."""


def arrived(sentences: list[bytes], heard: bytes) -> float:
    """How much of what a voice says was heard, 0 to 1; all sounds are 16 kHz s16le mono.

    Each sentence has its place after the one before it, where its half-seconds are most like what was heard.
    """
    ear = np.pad(spectra(heard), ((LOOSE, LOOSE), (0, 0)))
    found: list[float] = []
    begin = 0
    for sentence in sentences:
        voice = spectra(sentence)
        starts = range(0, len(voice) - PIECE + 1, PIECE)
        places = len(ear) - 2 * LOOSE - len(voice) + 1 - begin
        if places <= 0:
            found += [0.0 for _ in starts]
            continue
        likeness = np.array([around(alike(voice[at : at + PIECE], ear))[begin + at :][:places] for at in starts])
        place = int(likeness.mean(axis=0).argmax())
        found += [float(one) for one in likeness[:, place]]
        begin += max(0, place + len(voice) - LOOSE)
    return sum(one > SAME for one in found) / len(found)


def spectra(pcm: bytes) -> np.ndarray:
    """The loudness (logarithmic) of the bands up to 4 kHz, shape ``(steps, bands)``."""
    samples = np.frombuffer(pcm, "<i2") / 32768
    size = 2 * HOP
    frames = sliding_window_view(samples, size)[::HOP] * np.hanning(size)
    power = np.abs(np.fft.rfft(frames)[:, : size // 4]) ** 2
    return np.log(power.reshape(len(power), BANDS, -1).sum(axis=2) + 1e-3)


def alike(piece: np.ndarray, sound: np.ndarray) -> np.ndarray:
    """The correlation of a piece with a sound, from each place of it on: the same is 1, no likeness is 0."""
    windows = sliding_window_view(sound, len(piece), axis=0).transpose(0, 2, 1).reshape(-1, piece.size)
    windows = windows - windows.mean(axis=1, keepdims=True)
    wanted = piece.ravel() - piece.mean()
    return (windows @ wanted) / (np.linalg.norm(windows, axis=1) * np.linalg.norm(wanted) + 1e-9)


def around(likeness: np.ndarray) -> np.ndarray:
    """The best likeness near each place."""
    return sliding_window_view(likeness, 2 * LOOSE + 1).max(axis=1)

"""Music for callers who wait: made here, so that nobody's rights are in it."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

CHORDS = ((220.0, 277.18, 329.63), (196.0, 246.94, 293.66), (174.61, 220.0, 261.63), (196.0, 246.94, 329.63))
"""Hz; two seconds each, one note after the other."""
CHORD_S = 2.0
NOTES = 4
LEVEL = 0.06
"""Amplitude of a note: about -28 dBFS, softer than a voice."""


@lru_cache(maxsize=4)
def hold_music(sample_rate: int) -> bytes:
    """Return eight seconds of broken chords, s16le mono, that can be repeated without a click."""
    length = round(CHORD_S * sample_rate) * len(CHORDS)
    mixed = np.zeros(length)
    step = round(CHORD_S * sample_rate / NOTES)
    for number in range(NOTES * len(CHORDS)):
        chord = CHORDS[number // NOTES]
        pitch = chord[number % NOTES % len(chord)]
        at = np.arange(2 * step) / sample_rate
        note = np.sin(2 * np.pi * pitch * at) * np.exp(-3.0 * at) * np.minimum(1.0, at * 100)
        note *= np.minimum(1.0, np.arange(2 * step)[::-1] / (0.05 * sample_rate))
        place = (np.arange(2 * step) + number * step) % length
        mixed[place] += LEVEL * note
    return np.round(np.clip(mixed, -1, 1) * 32767).astype("<i2").tobytes()

"""The two-tone signals of a telephone keypad (ITU-T Q.23), for lines that carry keys as sound (DTMF-06)."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

TONE_SECS, PAUSE_SECS = 0.2, 0.08
ROWS, COLUMNS = (697, 770, 852, 941), (1209, 1336, 1477)
KEYS = ("123", "456", "789", "*0#")
LEVEL, FADE_SECS = 0.3, 0.005


def frequencies(key: str) -> tuple[int, int]:
    """Return the low and the high frequency of a key, in Hz; raises ``KeyError`` for anything else."""
    for row, keys in enumerate(KEYS):
        if len(key) == 1 and key in keys:
            return ROWS[row], COLUMNS[keys.index(key)]
    raise KeyError(key)


@lru_cache(maxsize=64)
def tone(key: str, rate: int) -> bytes:
    """Return a key's tone and the pause after it: s16le mono at ``rate`` Hz, 280 ms."""
    times = np.arange(round(TONE_SECS * rate)) / rate
    low, high = frequencies(key)
    sound = (np.sin(2 * np.pi * low * times) + np.sin(2 * np.pi * high * times)) * LEVEL
    edge = round(FADE_SECS * rate)
    sound[:edge] *= np.linspace(0, 1, edge)
    sound[-edge:] *= np.linspace(1, 0, edge)
    samples: bytes = (sound * 32767).astype("<i2").tobytes()
    return samples + bytes(2 * round(PAUSE_SECS * rate))

"""What a waveform view draws: the lowest and highest sample of each stretch."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .pcm import Buffer, Samples, samples_of

Peak = tuple[float, float]


def peaks(pcm: Buffer, buckets: int, samples: int | None = None) -> list[Peak]:
    """Return ``buckets`` pairs (lowest, highest), -1..1, over ``samples`` of time (default: the length of ``pcm``).

    Time beyond the end of ``pcm`` is silence, so two tracks of one call line up.
    """
    return _peaks(samples_of(pcm), buckets, samples)


def track_peaks(path: str | Path, buckets: int, samples: int | None = None) -> list[Peak]:
    """Return the peaks of a raw mono s16le file without loading it; a missing or empty file is silence."""
    path = Path(path)
    if not path.exists() or path.stat().st_size < 2:
        return _peaks(np.zeros(0, dtype=np.int16), buckets, samples)
    return _peaks(np.memmap(path, dtype="<i2", mode="r", shape=(path.stat().st_size // 2,)), buckets, samples)


def _peaks(track: Samples, buckets: int, samples: int | None) -> list[Peak]:
    length = len(track) if samples is None else samples
    edges = np.arange(buckets + 1, dtype=np.int64) * length // max(1, buckets)
    drawn = []
    for start, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        part = track[start : max(end, start + 1)]
        low, high = (int(part.min()), int(part.max())) if len(part) else (0, 0)
        if end > len(track):
            low, high = min(low, 0), max(high, 0)
        drawn.append((round(low / 32768, 4), round(high / 32768, 4)))
    return drawn

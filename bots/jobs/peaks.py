"""The picture of a call's audio: the loudest sample of each stretch, per track."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from bots.jobs.tracks import SAMPLE_BYTES, Tracks

MAX_POINTS = 1800
POINTS_PER_SECOND = 20
FULL_SCALE = 32768


def _track_peaks(path: Path, samples: int, points: int) -> list[int]:
    """One value from 0 to 100 per stretch; the file is read a stretch at a time."""
    edges = np.linspace(0, samples, points + 1).astype(np.int64)
    peaks: list[int] = []
    with path.open("rb") as file:
        for start, stop in pairwise(edges):
            file.seek(int(start) * SAMPLE_BYTES)
            stretch = np.frombuffer(file.read(int(stop - start) * SAMPLE_BYTES), dtype="<i2")
            loudest = int(np.abs(stretch.astype(np.int32)).max()) if stretch.size else 0
            peaks.append(round(100 * loudest / FULL_SCALE))
    return peaks


def peaks_of(tracks: Tracks) -> dict[str, Any]:
    """Peaks of both tracks: at most 1800 points each, so that half an hour stays under 20 kB of JSON."""
    points = max(1, min(MAX_POINTS, round(tracks.duration_s * POINTS_PER_SECOND)))
    return {
        "duration_s": tracks.duration_s,
        "caller": _track_peaks(tracks.caller, tracks.samples, points),
        "bot": _track_peaks(tracks.bot, tracks.samples, points),
    }

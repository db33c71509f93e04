"""The raw tracks of a call: two files of 16-bit samples on one media clock."""

import os
from dataclasses import dataclass
from pathlib import Path

SAMPLE_BYTES = 2
CALLER_TRACK = "caller"
BOT_TRACK = "bot"
TRACKS = (CALLER_TRACK, BOT_TRACK)


def track_path(folder: Path, track: str) -> Path:
    """Where a track of a call lies."""
    return folder / f"{track}.s16"


@dataclass(frozen=True, slots=True)
class Tracks:
    """Both tracks of a call, equally long; ``samples`` each, at ``rate`` per second."""

    caller: Path
    bot: Path
    rate: int
    samples: int

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.samples / self.rate


def longest_track(folder: Path) -> int:
    """Whole samples of the longer track; 0 when nothing was recorded."""
    longest = 0
    for track in TRACKS:
        try:
            longest = max(longest, track_path(folder, track).stat().st_size // SAMPLE_BYTES)
        except FileNotFoundError:
            continue
    return longest


def settle_tracks(folder: Path, *, rate: int, duration_s: float) -> Tracks | None:
    """Make both tracks exactly as long as the call (silence is added, a surplus cut); None when none exists.

    Idempotent. Extending leaves a hole in the file, which reads as silence and takes no space.
    """
    paths = {track: track_path(folder, track) for track in TRACKS}
    if not any(path.exists() for path in paths.values()):
        return None
    samples = round(duration_s * rate)
    for path in paths.values():
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if os.fstat(handle).st_size != samples * SAMPLE_BYTES:
                os.ftruncate(handle, samples * SAMPLE_BYTES)
        finally:
            os.close(handle)
    return Tracks(caller=paths[CALLER_TRACK], bot=paths[BOT_TRACK], rate=rate, samples=samples)

"""The recording's files: raw PCM handed to the kernel at its place, so a crash loses only what was not handed over."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from bots.engine.core.journal import Journal

log = logging.getLogger(__name__)

NAMES = {"caller": "caller.s16", "bot": "bot.s16"}


class TrackFiles:
    """Writes both tracks of one call under its folder; a full disk ends the recording, never the call (I10).

    Raises OSError when the files cannot be made at all.
    """

    def __init__(self, folder: Path, journal: Journal) -> None:
        self._journal = journal
        self._files: dict[str, int] = {}
        self._failed = False
        flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC
        try:
            for track, name in NAMES.items():
                self._files[track] = os.open(folder / name, flags, 0o600)
        except OSError:
            self.close()
            raise

    def write(self, track: str, offset: int, pcm: bytes) -> bool:
        """Put s16le mono samples at ``offset`` samples; return whether the kernel has them."""
        if self._failed:
            return False
        try:
            written = 0
            while written < len(pcm):
                written += os.pwrite(self._files[track], pcm[written:], offset * 2 + written)
        except OSError:
            self._failed = True
            log.exception("a recording cannot be written", extra={"track": track})
            self._journal.record(
                "error",
                {"code": "recording.disk", "message": "The recording stopped because the disk refused it.",
                 "owner": "us", "next_step": "Free some space; the call itself goes on.", "fatal": False},
            )  # fmt: skip
        return not self._failed

    def close(self) -> None:
        """Close both files; calling it again does nothing."""
        files, self._files = self._files, {}
        self._failed = True
        for descriptor in files.values():
            os.close(descriptor)

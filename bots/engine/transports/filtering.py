"""The caller's audio through a noise filter, each sample keeping its media time (AUD-01, TURN-06)."""

from __future__ import annotations

import asyncio
import logging

from bots.engine.audio.filters import BaseAudioFilter
from bots.engine.core.journal import Journal

log = logging.getLogger(__name__)


class FilteredAudio:
    """Runs one filter in order; what it holds back comes later, at the time it was said.

    A filter that fails is left out from then on: the caller is heard as before, and the journal says why.
    """

    def __init__(self, audio_filter: BaseAudioFilter, sample_rate: int, journal: Journal) -> None:
        self._filter, self._rate, self._journal = audio_filter, sample_rate, journal
        self._held = 0
        self._failed = False
        self._one_by_one = asyncio.Lock()

    async def pass_on(self, pcm: bytes, at: float) -> tuple[bytes, float]:
        """Return what is ready and the media time of its first sample, for audio that began at ``at``."""
        async with self._one_by_one:
            if self._failed:
                return pcm, at
            try:
                cleaned = await self._filter.filter(pcm)
            except Exception:
                log.exception("a noise filter failed")
                self._note_failure()
                return pcm, at
            begin = at - self._held / self._rate
            self._held += (len(pcm) - len(cleaned)) // 2
            return cleaned, begin

    def _note_failure(self) -> None:
        self._failed = True
        self._journal.record(
            "error",
            {"code": "audio.filter_failed", "message": "The noise filter failed; the call goes on without it.",
             "owner": "provider", "next_step": "Choose another noise filter in the bot's settings.", "fatal": False},
        )  # fmt: skip

"""An input whose audio comes from a live connection: it may stop without a word, and be muted before the call runs."""

from __future__ import annotations

import asyncio

from bots.engine.errors import EngineError

from .input import BaseInputTransport

PAUSE_SECS = 0.2
"""Without audio for this long a stream counts as paused; the VAD then hears silence (contract, section 6)."""


class StreamedInput(BaseInputTransport):
    """Reports pauses of the stream and remembers the microphone's state until the pipeline runs."""

    _last_audio = 0.0
    _watch: asyncio.TimerHandle | None = None
    _muted = False

    @property
    def live(self) -> bool:
        """Whether the pipeline runs and takes what arrives."""
        return self._live

    async def go_live(self) -> None:
        await super().go_live()
        if self._muted:
            self.create_task(super().user_muted(True), f"{self.name} muted from the start")

    async def cleanup(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        await super().cleanup()

    async def receive_audio(self, pcm: bytes, sample_rate: int, num_channels: int = 1, at: float | None = None) -> None:
        if not self._live:
            return
        self._last_audio = self.clock.now()
        if self._watch is None:
            self._watch = self.clock.call_later(PAUSE_SECS, self._look)
        await super().receive_audio(pcm, sample_rate, num_channels, at)

    def _look(self) -> None:
        left = self._last_audio + PAUSE_SECS - self.clock.now()
        if left > 1e-6:
            self._watch = self.clock.call_later(left, self._look)
        else:
            self._watch = None
            self.create_task(self.audio_paused(), f"{self.name} pause")

    async def user_muted(self, muted: bool) -> None:
        """Take the state of the caller's microphone; telling the same twice changes nothing."""
        if muted != self._muted:
            self._muted = muted
            await super().user_muted(muted)

    def note_rejected(self, error: EngineError) -> None:
        """Note in the journal that something the client sent was not taken."""
        if self._live:
            self.journal.record("input.rejected", {"code": error.code, "message": error.message})

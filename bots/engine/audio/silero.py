"""Voice activity by the Silero model (TURN-01, TURN-04)."""

from __future__ import annotations

import asyncio

from .pcm import Buffer
from .silero_batch import SileroBatcher
from .silero_model import SileroStream, shared_model
from .vad import VADAnalyzer, VADEvent, VADParams, VADState

_RESET_SECS = 5.0


class SileroVADAnalyzer(VADAnalyzer):
    """Detects speech with the Silero model (TURN-01): 8000 Hz in windows of 256 samples, 16000 Hz of 512.

    ``analyze`` computes inline; ``feed`` hands windows to ``batcher`` when there is one, so that calls share a run and
    the loop stays free. The model's memory is cleared after every 5 s of unbroken quiet (TURN-04), never during speech.
    """

    def __init__(
        self,
        sample_rate: int | None = None,
        params: VADParams | None = None,
        *,
        batcher: SileroBatcher | None = None,
    ) -> None:
        self._batcher = batcher
        self._turn = asyncio.Lock()
        super().__init__(sample_rate=sample_rate, params=params)

    def reset(self) -> None:
        super().reset()
        self._quiet = 0
        self._stream = SileroStream(self._rate)
        self._model = shared_model()
        if self._batcher is not None:
            self._batcher.join(self._stream)

    def voice_confidence(self, window: bytes) -> float:
        return self._model.confidence(self._stream, window)

    async def feed(self, pcm: Buffer) -> list[VADEvent]:
        if self._batcher is None:
            return self.analyze(pcm)
        events: list[VADEvent] = []
        async with self._turn:
            for window in self._windows(pcm):
                events += self._judge(window, await self._batcher.submit(self._stream, window))
        return events

    def _judge(self, window: bytes, confidence: float) -> list[VADEvent]:
        events = super()._judge(window, confidence)
        self._quiet = self._quiet + len(window) // 2 if self.state is VADState.QUIET else 0
        if self._quiet >= _RESET_SECS * self._rate:
            self._quiet = 0
            self._stream.reset()
        return events

"""PocketSphinx as a pipeline's recogniser."""

from __future__ import annotations

from bots.engine.audio.bandwidth import Widener
from bots.engine.frames import StartFrame
from bots.engine.providers.workers.pool import WorkerPool
from bots.engine.services.stt import Transcript
from bots.engine.services.stt_utterances import UtteranceSTTService

from .options import PocketSphinxOptions
from .recogniser import Recognizer
from .vocabulary import Vocabulary

TELEPHONE_RATE = 8000
"""Samples a second that go out over a telephone, and nowhere else."""


class PocketSphinxSTTService(UtteranceSTTService):
    """Streaming recognition with partials, in a worker process of its own; English, 16 kHz, telephones too."""

    def __init__(
        self, pool: WorkerPool, *, options: PocketSphinxOptions | None = None, vocabulary: Vocabulary | None = None
    ) -> None:
        super().__init__(language="en")
        self.model_name = "pocketsphinx en-us"
        self._widener = Widener()
        self._recogniser = Recognizer(pool, options, vocabulary, self.show_partial)

    async def start(self, frame: StartFrame) -> None:
        await super().start(frame)
        by_telephone = frame.audio_out_sample_rate == TELEPHONE_RATE
        self._widener = Widener(narrow=by_telephone)
        await self._recogniser.open("telephone" if by_telephone else "")

    async def begin_utterance(self) -> None:
        await self._recogniser.start_utterance()

    async def hear(self, pcm: bytes) -> None:
        self._recogniser.audio(self._widener.process(pcm))

    async def finish_utterance(self) -> Transcript:
        result = await self._recogniser.end_utterance()
        return Transcript(result.text, round(result.confidence, 3), "en")

    async def cleanup(self) -> None:
        await self._recogniser.close()

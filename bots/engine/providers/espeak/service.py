"""eSpeak NG as a pipeline's voice."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from bots.engine.frames import SpokenWord
from bots.engine.providers.workers.pool import WorkerPool
from bots.engine.services.tts import SpeechPiece, TTSService
from bots.engine.text.markdown import MarkdownTextFilter

from .options import EspeakOptions
from .synthesizer import Synthesizer


class EspeakTTSService(TTSService):
    """Speech with word timings a few milliseconds after the text, from a worker process of its own.

    Language models write Markdown; its marks are not spoken.
    """

    def __init__(self, pool: WorkerPool, *, options: EspeakOptions | None = None) -> None:
        self._options = options or EspeakOptions()
        super().__init__(sample_rate=self._options.sample_rate, text_filters=(MarkdownTextFilter(),))
        self.model_name = f"espeak-ng {self._options.voice}"
        self._synthesizer = Synthesizer(pool)

    def update_settings(self, settings: Mapping[str, Any]) -> None:
        self._options = replace(self._options, **settings)

    async def run_tts(self, text: str) -> AsyncIterator[SpeechPiece]:
        options = self._options
        chunks = self._synthesizer.synthesize(
            text, voice=options.voice, rate=options.rate, pitch=options.pitch, sample_rate=self.sample_rate
        )
        async with aclosing(chunks):
            async for chunk in chunks:
                words = [SpokenWord(word.text, word.start_s, word.end_s, word.estimated) for word in chunk.words]
                yield SpeechPiece(chunk.pcm, words)

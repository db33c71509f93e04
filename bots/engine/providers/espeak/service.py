"""eSpeak NG as a pipeline's voice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from bots.engine.frames import SpokenWord
from bots.engine.providers.workers.pool import WorkerPool
from bots.engine.services.tts import SpeechPiece, TTSDeadlines, TTSService
from bots.engine.text.markdown import MarkdownTextFilter

from .options import EspeakOptions
from .synthesizer import Synthesizer

DEADLINES = TTSDeadlines(first=4.0, between=3.0)
"""A local voice is never far away: when it is slow, the machine is busy, and another voice would not help."""


class EspeakTTSService(TTSService):
    """Speech with word timings a few milliseconds after the text, from a worker process of its own.

    Language models write Markdown; its marks are not spoken.
    """

    # The greeting must not wait for a second worker.
    records_early = False

    def __init__(self, pool: WorkerPool, *, options: EspeakOptions | None = None, **base: Any) -> None:
        chosen = options or EspeakOptions()
        settings: dict[str, Any] = {"deadlines": DEADLINES, "text_filters": (MarkdownTextFilter(),)} | base
        super().__init__(sample_rate=chosen.sample_rate, **settings)
        self.options: Any = chosen
        self._synthesizer = Synthesizer(pool)
        self.settings_changed()

    def settings_changed(self) -> None:
        self.model_name = f"espeak-ng {self.options.voice}"

    async def run_tts(self, text: str) -> AsyncIterator[SpeechPiece]:
        options = self.options
        chunks = self._synthesizer.synthesize(
            text,
            voice=options.voice,
            rate=options.rate,
            pitch=getattr(options, "pitch", EspeakOptions().pitch),
            sample_rate=self.sample_rate,
        )
        async with aclosing(chunks):
            async for chunk in chunks:
                words = [SpokenWord(word.text, word.start_s, word.end_s, word.estimated) for word in chunk.words]
                yield SpeechPiece(chunk.pcm, words)

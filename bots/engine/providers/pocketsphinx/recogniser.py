"""The recogniser of one call: a leased worker, driven utterance by utterance."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bots.engine.providers.pocketsphinx.errors import RecogniserMissing, RecognitionMisused
from bots.engine.providers.pocketsphinx.options import PocketSphinxOptions
from bots.engine.providers.pocketsphinx.vocabulary import Vocabulary
from bots.engine.providers.workers.errors import SpeechWorkerError, WorkerDied, WorkerStuck
from bots.engine.providers.workers.pool import WorkerPool
from bots.engine.providers.workers.process import WorkerProcess, WorkerSpec

logger = logging.getLogger(__name__)

SAMPLE_RATE = 16_000
CONFIGURE_DEADLINE_S = 5.0
TELEPHONE_TRUST = 0.6
"""Over a telephone open English is understood so much worse than expected sentences, which need not fit as well."""


@dataclass(frozen=True, slots=True)
class RecognisedWord:
    """One word; times in seconds of the audio given since ``start_utterance``, confidence 0 to 1."""

    text: str
    start_s: float
    end_s: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Recognition:
    """The result of an utterance; ``source`` is ``general`` or ``vocabulary``. Empty text: nothing was understood."""

    text: str
    words: tuple[RecognisedWord, ...]
    confidence: float
    source: str


def recogniser_worker() -> WorkerSpec:
    """Return what a pool of recogniser workers runs."""
    return WorkerSpec(
        name="pocketsphinx",
        module="bots.engine.providers.pocketsphinx.worker",
        packages=("pocketsphinx",),
        refusals={"missing": lambda: RecogniserMissing("PocketSphinx or its model cannot be loaded.")},
    )


class Recognizer:
    """Recognises 16 kHz signed 16-bit mono speech that the caller has cut into utterances by voice activity.

    Give about 320 ms before and 350 ms after the speech. The worker's decoders adapt to the voice from utterance to
    utterance. When the worker dies in an utterance, that utterance raises and the next one gets another worker, which
    starts from the voice heard so far. ``on_partial`` is called on the event loop with the whole text so far.
    """

    def __init__(
        self,
        pool: WorkerPool,
        options: PocketSphinxOptions | None = None,
        vocabulary: Vocabulary | None = None,
        on_partial: Callable[[str], None] | None = None,
    ) -> None:
        self._pool = pool
        self._options = options or PocketSphinxOptions()
        self._vocabulary = vocabulary or Vocabulary()
        self._on_partial = on_partial
        self._worker: WorkerProcess | None = None
        self._listening: asyncio.Task[Recognition] | None = None
        self._band = self._options.band
        self._mean: str | None = None
        self._utterance = 0

    async def open(self, band: str = "") -> None:
        """Lease a worker and set it up; ``band`` is what the call's sound is known to be, instead of the option.

        Raises ``WorkersBusy``, ``WorkerStartError``, ``RecogniserMissing`` or ``UnusablePronunciation``.
        """
        self._band = band or self._options.band
        await self._ready_worker()

    async def _ready_worker(self) -> WorkerProcess:
        if self._worker is not None and self._worker.usable:
            return self._worker
        request = self._configuration()
        await self._give_back()
        worker = self._worker = await self._pool.acquire()
        reply = await worker.request(request, answer="configured", deadline_s=CONFIGURE_DEADLINE_S)
        if request["sentences"] and not reply["vocabulary"]:
            logger.warning("vocabulary not usable", extra={"sentences": len(request["sentences"])})
        return worker

    async def start_utterance(self) -> None:
        """Begin an utterance (an open one is dropped); gets a new worker when the last one died. Errors as ``open``."""
        await self.abandon_utterance()
        worker = await self._ready_worker()
        self._utterance += 1
        worker.post({"op": "start", "utterance": self._utterance})
        self._listening = asyncio.create_task(self._listen(worker), name="pocketsphinx utterance")

    def audio(self, pcm: bytes) -> None:
        """Give speech, any number of bytes up to 1 MB; never waits. Raises ``WorkerDied`` or ``WorkerStuck``."""
        if self._listening is None:
            raise RecognitionMisused("Audio came outside an utterance.")
        self._post(pcm)

    async def end_utterance(self) -> Recognition:
        """Return the result, 10 to 30 ms later unless the worker lags. Raises ``WorkerDied`` or ``WorkerStuck``."""
        if self._listening is None:
            raise RecognitionMisused("An utterance ended that had not begun.")
        listening = self._listening
        try:
            self._post({"op": "end"})
            async with asyncio.timeout(self._options.final_deadline_s):
                return await asyncio.shield(listening)
        except TimeoutError as error:
            if self._worker:
                self._worker.kill()
            raise WorkerStuck("The recogniser did not finish in time.", retryable=True) from error
        finally:
            await self._stop_listening()

    async def abandon_utterance(self) -> None:
        """Drop the open utterance, if any, without a result."""
        if self._listening is None:
            return
        await self._stop_listening()
        if self._worker is not None and self._worker.usable:
            try:
                await self._worker.request({"op": "cancel"}, answer="cancelled", deadline_s=CONFIGURE_DEADLINE_S)
            except SpeechWorkerError:
                await self._give_back()

    async def close(self) -> None:
        """Give the worker back; the recogniser may be opened again, for another call."""
        await self._stop_listening()
        await self._give_back()
        self._mean = None

    def _configuration(self) -> dict[str, Any]:
        options = self._options
        trust = TELEPHONE_TRUST if self._band == "telephone" else 1.0
        return {
            "op": "configure", "band": self._band, "mean": self._mean, "margin": options.vocabulary_margin * trust,
            "partials": options.partials and self._on_partial is not None, "max_utterance_s": options.max_utterance_s,
            "sentences": self._vocabulary.spoken_sentences(),
            "pronunciations": self._vocabulary.spoken_pronunciations(),
        }  # fmt: skip

    def _post(self, message: dict[str, Any] | bytes) -> None:
        if self._worker is None:
            raise WorkerDied("The recogniser's worker process has ended.", retryable=True)
        self._worker.post(message)

    async def _listen(self, worker: WorkerProcess) -> Recognition:
        while True:
            # No deadline of its own: a caller may speak long; ``end_utterance`` bounds the wait for the final text.
            message = await worker.receive(None)
            if isinstance(message, bytes) or message.get("utterance") != self._utterance:
                continue  # left over from an utterance whose end nobody waited for
            if message["op"] == "partial" and self._on_partial:
                self._on_partial(message["text"])
            elif message["op"] == "final":
                self._mean = message["mean"]
                return _recognition(message)

    async def _stop_listening(self) -> None:
        listening, self._listening = self._listening, None
        if listening is not None:
            listening.cancel()
            await asyncio.wait([listening])
            if not listening.cancelled():
                listening.exception()  # a failure was raised where the utterance ended, or the utterance was dropped

    async def _give_back(self) -> None:
        worker, self._worker = self._worker, None
        if worker is not None:
            await self._pool.release(worker)


def _recognition(message: dict[str, Any]) -> Recognition:
    words = tuple(RecognisedWord(*word) for word in message["words"])
    length = sum(word.end_s - word.start_s for word in words)
    sure = sum((word.end_s - word.start_s) * word.confidence for word in words) / length if length else 0.0
    return Recognition(
        text=" ".join(word.text for word in words), words=words, confidence=round(sure, 4), source=message["source"]
    )

"""The synthesiser that calls share: each text borrows a worker for the few milliseconds it takes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from bots.engine.providers.espeak.errors import NoSynthesiser, UnknownVoice, UnsayableText
from bots.engine.providers.espeak.timeline import plain_text
from bots.engine.providers.workers.pool import WorkerPool
from bots.engine.providers.workers.process import WorkerProcess, WorkerSpec

MOST_CHARACTERS = 50_000
CHUNK_DEADLINE_S = 5.0
VOICES_DEADLINE_S = 5.0
AHEAD_CHUNKS = 1024
ESPEAK_SOURCES = ("loader", "system", "flite")


@dataclass(frozen=True, slots=True)
class WordTiming:
    """One whitespace token of the text; seconds from the beginning of its audio."""

    text: str
    start_s: float
    end_s: float
    estimated: bool


@dataclass(frozen=True, slots=True)
class SpeechChunk:
    """Audio (signed 16-bit little-endian mono) and the words whose end is known by now.

    A word comes with or after the audio it begins in, milliseconds later; its times are those in the whole text.
    """

    pcm: bytes
    words: tuple[WordTiming, ...] = ()


def synthesiser_worker(sources: tuple[str, ...] = ESPEAK_SOURCES, data: str | None = None) -> WorkerSpec:
    """Return what a pool runs: the first of ``sources`` that works; ``("flite",)`` is flite alone."""
    return WorkerSpec(
        name=sources[0] if len(sources) == 1 else "espeak",
        module="bots.engine.providers.espeak.worker",
        packages=("numpy", "soxr", "espeakng_loader"),
        settings={"op": "open", "sources": list(sources), "data": data},
        refusals={
            "missing": lambda: NoSynthesiser("No speech synthesiser was found."),
            "voice": lambda: UnknownVoice("The synthesiser does not have this voice."),
        },
    )


class Synthesizer:
    """Says texts with the workers of a pool; safe to share between calls."""

    def __init__(self, pool: WorkerPool) -> None:
        self._pool = pool

    async def synthesize(
        self, text: str, *, voice: str = "en-us", rate: int = 165, pitch: int = 50, sample_rate: int = 24_000
    ) -> AsyncGenerator[SpeechChunk]:
        """Yield the speech as it comes; closing the iterator stops it.

        The texts of all words, joined by spaces, are the text with its whitespace (and control characters) made single
        spaces. A text without a visible character yields nothing. Raises ``UnsayableText``, ``UnknownVoice``,
        ``NoSynthesiser``, ``WorkersBusy``, ``WorkerDied`` or ``WorkerStuck``.
        """
        said = plain_text(text)
        if len(said) > MOST_CHARACTERS or not (
            80 <= rate <= 450 and 0 <= pitch <= 99 and 8_000 <= sample_rate <= 48_000
        ):
            raise UnsayableText("The text is too long, or a setting of the voice is outside its limits.")
        if not said:
            return
        request = {
            "op": "say", "text": said, "voice": voice, "rate": rate, "pitch": pitch, "sample_rate": sample_rate
        }  # fmt: skip
        chunks = _Chunks()
        pump = asyncio.create_task(self._pump(request, chunks), name="speech synthesis")
        try:
            while (chunk := await chunks.get()) is not None:
                yield chunk
            await pump
        finally:
            pump.cancel()
            await asyncio.wait([pump])
            if not pump.cancelled():
                pump.exception()  # already raised above, or nobody listens any more

    async def voices(self) -> list[dict[str, str]]:
        """Return the voices for a form, each with ``id``, ``name`` and ``language``."""
        worker = await self._pool.acquire()
        try:
            reply = await worker.request({"op": "voices"}, answer="voices", deadline_s=VOICES_DEADLINE_S)
        finally:
            await self._pool.release(worker)
        return list(reply["voices"])

    async def _pump(self, request: dict[str, Any], chunks: _Chunks) -> None:
        # A task of its own, so that a slow listener does not keep the worker from other calls.
        try:
            worker = await self._pool.acquire()
            try:
                worker.post(request)
                await self._read(worker, chunks)
            finally:
                await self._pool.release(worker)  # whose reset also stops what is still being said
        finally:
            chunks.end()

    async def _read(self, worker: WorkerProcess, chunks: _Chunks) -> None:
        words: tuple[WordTiming, ...] = ()
        while True:
            message = await worker.receive(CHUNK_DEADLINE_S)
            if isinstance(message, bytes):
                await chunks.put(SpeechChunk(pcm=message, words=words))
                words = ()
            elif message["op"] == "words":
                words += tuple(WordTiming(*word) for word in message["words"])
            elif message["op"] == "said":
                if words:
                    await chunks.put(SpeechChunk(pcm=b"", words=words))
                return


async def list_voices(sources: tuple[str, ...] = ESPEAK_SOURCES) -> list[dict[str, str]]:
    """Return the voices of this machine with a worker of its own (about 0.1 s), where no pool runs; errors as above."""
    pool = WorkerPool(synthesiser_worker(sources), warm=1, limit=1)
    try:
        await pool.start()
        return await Synthesizer(pool).voices()
    finally:
        await pool.close()


class _Chunks:
    """A bounded queue whose end always fits."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[SpeechChunk | None] = asyncio.Queue()
        self._room = asyncio.Semaphore(AHEAD_CHUNKS)

    async def put(self, chunk: SpeechChunk) -> None:
        await self._room.acquire()
        self._queue.put_nowait(chunk)

    def end(self) -> None:
        self._queue.put_nowait(None)

    async def get(self) -> SpeechChunk | None:
        chunk = await self._queue.get()
        self._room.release()
        return chunk

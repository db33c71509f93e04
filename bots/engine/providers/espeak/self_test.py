"""Whether a synthesiser works on this machine."""

from __future__ import annotations

from bots.engine.errors import ProviderError
from bots.engine.providers.espeak.synthesizer import ESPEAK_SOURCES, Synthesizer, WordTiming, synthesiser_worker
from bots.engine.providers.workers.findings import Finding, finding_of
from bots.engine.providers.workers.pool import WorkerPool

SENTENCE = "Ready to speak."


async def self_test(sources: tuple[str, ...] = ESPEAK_SOURCES, voice: str = "en-us") -> list[Finding]:
    """Say a sentence and look at its audio and words; about a fifth of a second, no network."""
    name = sources[0] if len(sources) == 1 else "espeak"
    pool = WorkerPool(synthesiser_worker(sources), warm=1, limit=1)
    try:
        await pool.start()
        synthesizer = Synthesizer(pool)
        pcm, words = await said(synthesizer, voice)
        sound = any(pcm) and [word.text for word in words] == SENTENCE.split()
        count = len(await synthesizer.voices())
        message = f"The speech synthesiser is ready and has {count} voices." if sound else "It made no audible speech."
        return [Finding(name, ok=sound, message=message)]
    except ProviderError as error:
        return [finding_of(name, error)]
    finally:
        await pool.close()


async def said(synthesizer: Synthesizer, voice: str) -> tuple[bytes, list[WordTiming]]:
    """Return the audio and the words of the test sentence."""
    pcm, words = bytearray(), list[WordTiming]()
    async for chunk in synthesizer.synthesize(SENTENCE, voice=voice):
        pcm += chunk.pcm
        words += chunk.words
    return bytes(pcm), words

"""Whether the embedded recogniser works on this machine."""

from __future__ import annotations

import asyncio

from bots.engine.errors import ProviderError
from bots.engine.providers.pocketsphinx.dictionary import unknown_words
from bots.engine.providers.pocketsphinx.recogniser import SAMPLE_RATE, Recognizer, recogniser_worker
from bots.engine.providers.workers.findings import Finding, finding_of
from bots.engine.providers.workers.pool import WorkerPool


async def self_test() -> list[Finding]:
    """Load a worker, let it hear half a second of silence, and look words up; about half a second, no network."""
    findings: list[Finding] = []
    pool = WorkerPool(recogniser_worker(), warm=1, limit=1)
    recogniser = Recognizer(pool)
    try:
        await pool.start()
        await recogniser.start_utterance()
        recogniser.audio(bytes(SAMPLE_RATE))
        result = await recogniser.end_utterance()
        heard = "heard words in silence" if result.text else "is ready"
        findings.append(Finding("pocketsphinx", ok=not result.text, message=f"The embedded speech recogniser {heard}."))
        known = not await asyncio.to_thread(unknown_words, ["hello"])
        words = "can be read" if known else "lacks common words"
        findings.append(Finding("pocketsphinx dictionary", ok=known, message=f"Its dictionary {words}."))
    except ProviderError as error:
        findings.append(finding_of("pocketsphinx", error))
    finally:
        await recogniser.close()
        await pool.close()
    return findings

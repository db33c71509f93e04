"""Synthetic callers for the recogniser's tests: flite, the synthesiser its acoustic model accepts."""

from __future__ import annotations

import random
import struct

from bots.engine.providers.espeak.synthesizer import Synthesizer, synthesiser_worker
from bots.engine.providers.workers.pool import WorkerPool

_spoken: dict[tuple[str, str], bytes] = {}


def quiet(seconds: float) -> bytes:
    """Return a faint hiss: 16 kHz, never exactly zero, the same each time."""
    noise = random.Random(7)
    return b"".join(struct.pack("<h", noise.randint(-4, 4)) for _ in range(round(seconds * 16_000)))


async def spoken(*texts: str, voice: str = "rms") -> list[bytes]:
    """Return each text as 16 kHz speech with the silence around it that a voice-activity gate leaves."""
    if missing := [text for text in texts if (voice, text) not in _spoken]:
        for text, pcm in zip(missing, await said(missing, "flite", voice), strict=True):
            _spoken[voice, text] = quiet(0.2) + pcm + quiet(0.3)
    return [_spoken[voice, text] for text in texts]


async def said(texts: list[str], source: str, voice: str) -> list[bytes]:
    """Return each text as ``flite`` or eSpeak (``loader``, the bundled one) says it, 16 kHz s16le mono."""
    pool = WorkerPool(synthesiser_worker((source,)), warm=1, limit=1)
    try:
        await pool.start()
        synthesizer = Synthesizer(pool)
        return [
            b"".join([chunk.pcm async for chunk in synthesizer.synthesize(text, voice=voice, sample_rate=16_000)])
            for text in texts
        ]
    finally:
        await pool.close()

"""Speech for people at the far end, and ears for what they hear: the engines that the embedded bots use."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from bots.engine.audio.pcm import stereo_to_mono
from bots.engine.audio.resampler import Resampler
from bots.engine.errors import EngineError
from bots.engine.providers.espeak.synthesizer import Synthesizer, synthesiser_worker
from bots.engine.providers.pocketsphinx.options import PocketSphinxOptions
from bots.engine.providers.pocketsphinx.recogniser import Recognizer, recogniser_worker
from bots.engine.providers.pocketsphinx.vocabulary import Vocabulary
from bots.engine.providers.workers.pool import WorkerPool

from .script import Step, Voice
from .sound import RATE, last_loud

VOICE_RATE = 145
HEARING_RATE = 16000
PAUSE_S = 0.4
BEEP_HZ, BEEP_S, BEEP_LEVEL = 1000.0, 0.6, 8000.0


class Voices:
    """Speech for the callers, and ears for what they hear: the engines that the embedded bots use."""

    def __init__(self) -> None:
        self._mouths = WorkerPool(synthesiser_worker(("flite", "loader", "system")), warm=1, limit=2)
        self._ears = WorkerPool(recogniser_worker(), warm=1, limit=1)

    async def start(self) -> None:
        """Start the synthesiser."""
        await self._mouths.start()

    async def close(self) -> None:
        """Stop both."""
        await self._mouths.close()
        await self._ears.close()

    async def speak(self, text: str) -> bytes:
        """Return a text as speech, s16le at 8 kHz."""
        speech = Synthesizer(self._mouths).synthesize(text, rate=VOICE_RATE, sample_rate=RATE)
        return b"".join([chunk.pcm async for chunk in speech])

    async def understand(self, pcm: bytes, expected: Sequence[str] = ()) -> str:
        """Return what a recogniser hears in s16le at 8 kHz, cut at its pauses; ``expected`` sentences are likelier."""
        with suppress(EngineError):
            await self._ears.start()
            recogniser = Recognizer(self._ears, PocketSphinxOptions(final_deadline_s=30.0), Vocabulary(tuple(expected)))
            await recogniser.open()
            try:
                return " ".join([await self._words(recogniser, piece) for piece in utterances(pcm)]).strip()
            finally:
                await recogniser.close()
        return ""

    @staticmethod
    async def _words(recogniser: Recognizer, piece: bytes) -> str:
        resampler = Resampler(RATE, HEARING_RATE)
        sound = resampler.process(piece) + resampler.flush()
        await recogniser.start_utterance()
        for start in range(0, len(sound), 640):
            recogniser.audio(sound[start : start + 640])
        return (await recogniser.end_utterance()).text


def utterances(pcm: bytes) -> list[bytes]:
    """Cut a sound at its pauses; each piece keeps a quarter of a second of quiet around it."""
    step = round(RATE * 0.02) * 2
    loud = [at for at in range(0, len(pcm), step) if last_loud(pcm[at : at + step]) is not None]
    spans: list[list[int]] = []
    for at in loud:
        if spans and at - spans[-1][1] <= PAUSE_S * RATE * 2:
            spans[-1][1] = at
        else:
            spans.append([at, at])
    edge = bytes(RATE // 2)
    return [edge + pcm[max(0, a - step) : b + 2 * step] + edge for a, b in spans if b - a > 5 * step]


def sound_file(path: Path) -> bytes:
    """Return a WAV file (16 bit) as s16le at 8 kHz."""
    with wave.open(str(path)) as file:
        pcm, rate, channels = file.readframes(file.getnframes()), file.getframerate(), file.getnchannels()
    pcm = stereo_to_mono(pcm) if channels == 2 else pcm
    resampler = Resampler(rate, RATE)
    return resampler.process(pcm) + resampler.flush()


def beep() -> bytes:
    """Return the tone of an answering machine, s16le at 8 kHz."""
    at = np.arange(round(BEEP_S * RATE)) / RATE
    return (BEEP_LEVEL * np.sin(2 * np.pi * BEEP_HZ * at)).astype("<i2").tobytes()


async def sounds_of(steps: Sequence[Step], voices: Voices) -> Voice:
    """Return what makes the sound of a step: files are read once, texts are spoken when they are needed."""
    files = {
        step.text: await asyncio.to_thread(sound_file, Path(step.text)) for step in steps if step.act == "wav"
    }  # fmt: skip

    async def sound(step: Step) -> bytes:
        if step.act == "beep":
            return beep()
        return files[step.text] if step.act == "wav" else await voices.speak(step.text)

    return sound

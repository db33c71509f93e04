"""Voices for tests: speech made by flite, its level, and a recogniser to hear what came back."""

from __future__ import annotations

import difflib
import functools
import random
import re
import struct
import subprocess
import tempfile
import wave
from pathlib import Path

import numpy as np
import soxr

from bots.engine.providers.pocketsphinx.options import PocketSphinxOptions
from bots.engine.providers.pocketsphinx.recogniser import Recognizer, recogniser_worker
from bots.engine.providers.pocketsphinx.vocabulary import Vocabulary
from bots.engine.providers.workers.pool import WorkerPool
from tests.engine.providers.voices import said

RATE = 16_000
STEP = 640


@functools.cache
def spoken(text: str, voice: str = "slt") -> bytes:
    """Speech, 16 kHz s16le mono."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "speech.wav")
        subprocess.run(["flite", "-voice", voice, "-t", text, "-o", str(path)], check=True, stdin=subprocess.DEVNULL)
        with wave.open(str(path)) as sound:
            return resampled(sound.readframes(sound.getnframes()), sound.getframerate(), RATE)


def quiet(seconds: float, rate: int = RATE) -> bytes:
    """A faint hiss, as a microphone in a silent room gives it; the same each time."""
    noise = random.Random(7)
    return b"".join(struct.pack("<h", noise.randint(-3, 3)) for _ in range(round(seconds * rate)))


def resampled(pcm: bytes, rate: int, to: int) -> bytes:
    """The same sound at another rate."""
    if rate == to:
        return pcm
    samples = soxr.resample(np.frombuffer(pcm, "<i2"), rate, to)
    return samples.astype("<i2").tobytes()


def microphone_file(path: Path, *parts: bytes | float) -> Path:
    """Write what Chromium takes for a microphone: 48 kHz mono; numbers are seconds of silence."""
    pcm = b"".join(quiet(part) if isinstance(part, int | float) else part for part in parts)
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(48_000)
        sound.writeframes(resampled(pcm, RATE, 48_000))
    return path


def levels(pcm: bytes, rate: int, step_s: float = 0.02) -> np.ndarray:
    """The level (RMS, full scale is 1) of each step."""
    samples = np.frombuffer(pcm, "<i2").astype(np.float64) / 32768
    size = round(rate * step_s)
    steps = samples[: len(samples) // size * size].reshape(-1, size)
    return np.sqrt((steps**2).mean(axis=1))


def loud_seconds(pcm: bytes, rate: int) -> float:
    """How much of a sound is not silence."""
    return float((levels(pcm, rate) > 0.01).sum()) * 0.02


def words_of(text: str) -> list[str]:
    """Lower-case words without punctuation."""
    return re.findall(r"[a-z']+", text.lower())


def shared(expected: str, heard: list[str]) -> float:
    """How much of a text was heard, in its order: 0 to 1."""
    wanted = words_of(expected)
    matches = difflib.SequenceMatcher(None, wanted, heard, autojunk=False).get_matching_blocks()
    return sum(match.size for match in matches) / len(wanted)


async def said_by_the_house(text: str) -> list[bytes]:
    """The sentences of a text as the demo bots' voice says them, 16 kHz s16le mono."""
    return await said(re.split(r"(?<=[.?!]) ", text), "loader", "en-us")


async def recognised(pcm: bytes, rate: int, expected: tuple[str, ...] = ()) -> list[str]:
    """What the embedded recogniser hears in a sound, cut at its pauses; ``expected`` may occur."""
    pool = WorkerPool(recogniser_worker(), warm=1, limit=1)
    await pool.start()
    # With a list of what may be said, the list decides between words that sound alike.
    options = PocketSphinxOptions(final_deadline_s=30.0, vocabulary_margin=0.0)
    recogniser = Recognizer(pool, options, Vocabulary(sentences=expected))
    try:
        await recogniser.open()
        heard: list[str] = []
        for piece in pieces(resampled(pcm, rate, RATE)):
            await recogniser.start_utterance()
            for start in range(0, len(piece), STEP):
                recogniser.audio(piece[start : start + STEP])
            heard += words_of((await recogniser.end_utterance()).text)
        return heard
    finally:
        await recogniser.close()
        await pool.close()


def pieces(pcm: bytes, pause_s: float = 0.35) -> list[bytes]:
    """Cut a sound (16 kHz) at pauses; each piece keeps some quiet around it."""
    loud = levels(pcm, RATE) > 0.005
    found: list[tuple[int, int]] = []
    for step in np.flatnonzero(loud):
        if found and step - found[-1][1] <= pause_s / 0.02:
            found[-1] = (found[-1][0], int(step))
        else:
            found.append((int(step), int(step)))
    edge, size = quiet(0.25), RATE // 50 * 2
    return [
        edge + pcm[max(0, first - 5) * size : (last + 6) * size] + edge for first, last in found if last - first > 5
    ]

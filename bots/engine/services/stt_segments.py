"""Recognisers that are asked once per utterance, over HTTP: a WAV goes up, a final text comes back (SPCH-17)."""

from __future__ import annotations

from abc import abstractmethod
from math import inf
from typing import Any, ClassVar

import numpy as np

from bots.engine.audio import wav
from bots.engine.audio.pcm import samples_of

from .retries import second_chance
from .stt import STTDeadlines, Transcript
from .stt_errors import RecognitionTimeout
from .stt_utterances import UtteranceSTTService

PRE_ROLL_S = 1.0
LONGEST_S = 30.0
SEARCH_S = 3.0
BLOCK_S = 0.02


class SegmentedSTTService(UtteranceSTTService):
    """Gathers an utterance between the voice detector's start and stop and uploads it as 16-bit WAV (SPCH-17).

    The last second before the start is part of it. The upload runs in the background; the audio path never waits. There
    is one final text and no interim one, except when somebody speaks for longer than 30 s: then what was said is sent
    in pieces, cut where it is quietest, and shown meanwhile. A slow or broken request is made a second time (``final``)
    and the faster answer counts; after ``give_up`` seconds the utterance is given up. Subclasses implement
    :meth:`run_stt`.
    """

    ring_s: ClassVar[float] = PRE_ROLL_S
    pre_roll_s: ClassVar[float] = inf

    def __init__(self, *, deadlines: STTDeadlines | None = None, **base: Any) -> None:
        super().__init__(**base)
        self._deadlines = deadlines or STTDeadlines()
        self._pcm = bytearray()
        self._said: list[Transcript] = []

    @abstractmethod
    async def run_stt(self, audio: bytes) -> Transcript:
        """Return the text of a WAV file; raises a coded error, retryable where a second try may help."""

    async def begin_utterance(self) -> None:
        self._pcm = bytearray()
        self._said = []

    async def hear(self, pcm: bytes) -> None:
        self._pcm += pcm
        if len(self._pcm) > LONGEST_S * self.rate * 2:
            cut = quietest(bytes(self._pcm), self.rate)
            piece, self._pcm = bytes(self._pcm[:cut]), self._pcm[cut:]
            self._said.append(await self._understood(piece))
            self.show_partial(_joined(self._said).text)

    async def finish_utterance(self) -> Transcript:
        piece, self._pcm = bytes(self._pcm), bytearray()
        if piece:
            self._said.append(await self._understood(piece))
        return _joined(self._said)

    async def _understood(self, pcm: bytes) -> Transcript:
        audio = wav.encode(pcm, self.rate)
        limits = self._deadlines
        try:
            return await second_chance(lambda: self.run_stt(audio), patience=limits.final, limit=limits.give_up)
        except TimeoutError as error:
            raise RecognitionTimeout("The recogniser did not answer in time.") from error


def _joined(said: list[Transcript]) -> Transcript:
    texts = [part.text.strip() for part in said if part.text.strip()]
    sure = [part.confidence for part in said if part.confidence is not None]
    language = next((part.language for part in said if part.language), None)
    return Transcript(" ".join(texts), min(sure) if sure else None, language)


def quietest(pcm: bytes, rate: int) -> int:
    """Return the byte at which the quietest 20 ms of the last three seconds begin: where a cut hurts least."""
    block = round(BLOCK_S * rate)
    first = max(0, len(pcm) // 2 - round(SEARCH_S * rate))
    samples = samples_of(pcm)[first:].astype(np.float64)
    blocks = samples[: len(samples) // block * block].reshape(-1, block)
    return (first + int(np.argmin((blocks**2).sum(axis=1))) * block) * 2 if len(blocks) else len(pcm)

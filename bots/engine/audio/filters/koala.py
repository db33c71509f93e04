"""Picovoice's Koala noise suppression, where its package and an access key are there (AUD-03)."""

from __future__ import annotations

import asyncio
from importlib.util import find_spec
from typing import Any

import numpy as np

from bots.engine.audio.pcm import Buffer, bytes_of, samples_of

from .base import BaseAudioFilter, FilterSettingWrong, FilterUnavailable
from .blocks import Blocks

MODULE = "pvkoala"
ACCESS_KEY = "KOALA_ACCESS_KEY"


class KoalaFilter(BaseAudioFilter):
    """Cleans audio with Koala, in blocks of the engine's frame length.

    The pipeline's input rate must be the engine's (16 kHz); ``access_key`` comes from the Picovoice console.
    """

    def __init__(self, access_key: str) -> None:
        super().__init__()
        if not isinstance(access_key, str) or not access_key.strip():
            raise FilterSettingWrong(f"access_key: Koala needs a Picovoice access key (as {ACCESS_KEY}).")
        self._access_key = access_key
        self._engine: Any = None

    async def start(self, sample_rate: int) -> None:
        if find_spec(MODULE) is None:
            raise FilterUnavailable(f"Koala is not installed: pip install {MODULE}.")
        self._engine = await asyncio.to_thread(self._make)
        if self._engine.sample_rate != sample_rate:
            needed = self._engine.sample_rate
            await self.stop()
            raise FilterUnavailable(f"Koala works at {needed} Hz, but the pipeline's input rate is {sample_rate} Hz.")
        self._blocks = Blocks(self._engine.frame_length)

    def _make(self) -> Any:
        import pvkoala

        try:
            return pvkoala.create(access_key=self._access_key)
        except pvkoala.KoalaError as error:
            raise FilterUnavailable("Koala does not accept the access key.") from error

    async def filter(self, audio: Buffer) -> bytes:
        blocks = self._blocks.feed(audio)
        return b"".join(self._clean(block) if self.enabled else block for block in blocks)

    def _clean(self, block: bytes) -> bytes:
        return bytes_of(np.asarray(self._engine.process(samples_of(block).tolist()), dtype=np.int16))

    async def stop(self) -> None:
        if self._engine is not None:
            self._engine.delete()
            self._engine = None

"""Krisp's noise cancellation, where its licensed package and a model file are there (AUD-02, AUD-07)."""

from __future__ import annotations

import asyncio
import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bots.engine.audio.pcm import Buffer, bytes_of, samples_of

from .base import BaseAudioFilter, FilterSettingWrong, FilterUnavailable

MODULE = "pipecat_ai_krisp"
MODEL_PATH = "KRISP_MODEL_PATH"


class KrispFilter(BaseAudioFilter):
    """Cleans audio with Krisp's SDK.

    ``model_path`` is a model file (else ``KRISP_MODEL_PATH``), ``sample_type`` only ``PCM_16``. The SDK is licensed
    and built by its owner; without it :meth:`start` says what is missing.
    """

    def __init__(self, sample_type: str = "PCM_16", channels: int = 1, model_path: str | None = None) -> None:
        super().__init__()
        if sample_type != "PCM_16":
            raise FilterSettingWrong("sample_type: Krisp takes PCM_16 here.")
        if channels != 1 or isinstance(channels, bool):
            raise FilterSettingWrong("channels: the caller's audio is mono, so Krisp takes 1 channel.")
        if model_path is not None and not isinstance(model_path, str | Path):
            raise FilterSettingWrong("model_path must be the path of a file.")
        self._sample_type, self._channels = sample_type, channels
        self._model_path = model_path or os.environ.get(MODEL_PATH, "")
        self._processor: Any = None

    async def start(self, sample_rate: int) -> None:
        if not self._model_path:
            raise FilterUnavailable(f"model_path: Krisp needs a model file; name it or set {MODEL_PATH}.")
        if not Path(self._model_path).is_file():
            raise FilterUnavailable("model_path: Krisp's model must be a file that exists, not a folder.")
        if find_spec(MODULE) is None:
            raise FilterUnavailable(f"Krisp is not installed: its licensed package {MODULE} is missing.")
        self._processor = await asyncio.to_thread(self._make, sample_rate)

    def _make(self, sample_rate: int) -> Any:
        from pipecat_ai_krisp.audio.krisp_processor import KrispAudioProcessor

        return KrispAudioProcessor(sample_rate, self._sample_type, self._channels, self._model_path)

    async def filter(self, audio: Buffer) -> bytes:
        if not self.enabled:
            return bytes(audio)
        return bytes_of(self._processor.process(samples_of(audio)))

    async def stop(self) -> None:
        self._processor = None

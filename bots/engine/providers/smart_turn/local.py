"""Smart turn from a model file on this machine, by ONNX in one worker thread of the process (TURN-13)."""

from __future__ import annotations

import asyncio
import math
import os
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from bots.engine.audio.turn_analyzer import MODEL_RATE, BaseSmartTurn, Floats, SmartTurnParams, TurnVerdict
from bots.engine.checks import Checks

from .errors import SmartTurnModelMissing, SmartTurnModelUnusable
from .features import BANDS, log_mel, normalised

DEFAULT_MODEL = "pipecat-ai/smart-turn-v2"
PATH_VARIABLE = "LOCAL_SMART_TURN_MODEL_PATH"
ENOUGH = 0.5
"""From this probability on a turn is complete."""


@lru_cache(maxsize=1)
def _worker() -> ThreadPoolExecutor:
    """Return the thread in which all calls' turns are judged, one after the other."""
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="smart-turn")


def model_file(path: str | None) -> Path:
    """Return the model's file: ``path``, or the ONNX file in that folder; nothing is ever downloaded."""
    Checks(SmartTurnModelMissing).kinds_or_none((str, Path), "a path", smart_turn_model_path=path)
    given = path if path and Path(path).exists() else os.environ.get(PATH_VARIABLE) or path or DEFAULT_MODEL
    found = Path(given)
    if found.is_dir():
        found = next(iter(sorted(found.glob("*.onnx"))), found / "*.onnx")
    if not found.is_file():
        raise SmartTurnModelMissing(f"smart_turn_model_path: there is no model at {found}; models are not downloaded.")
    return found


class SmartTurnModel:
    """A loaded model. Its one input is samples (batch, n) or features (batch, 80, frames); its output a probability.

    An output outside of 0..1 is taken for the logarithm of the odds.
    """

    def __init__(self, path: Path) -> None:
        import onnxruntime as ort
        from onnxruntime.capi import onnxruntime_pybind11_state as failures

        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session: Any = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except (failures.Fail, failures.InvalidProtobuf, failures.InvalidGraph, failures.NoSuchFile) as error:
            raise SmartTurnModelUnusable(f"The smart-turn model {path.name} cannot be loaded.") from error
        inputs = self._session.get_inputs()
        shape: list[Any] = list(inputs[0].shape) if len(inputs) == 1 else []
        self._features = len(shape) == 3 and shape[1] == BANDS
        if inputs[0].type != "tensor(float)" or not (self._features or len(shape) == 2):
            raise SmartTurnModelUnusable(f"The smart-turn model {path.name} takes an input that is not known here.")
        self._input: str = inputs[0].name

    def probability(self, audio: Floats) -> float:
        """Return how likely it is that these 16 kHz samples end a turn."""
        given = log_mel(audio) if self._features else normalised(audio)
        found = float(np.asarray(self._session.run(None, {self._input: given[None]})[0]).reshape(-1)[-1])
        if math.isnan(found):
            return 0.0
        return found if 0.0 <= found <= 1.0 else 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, found))))


@lru_cache(maxsize=4)
def load_model(path: Path) -> SmartTurnModel:
    """Return the process's one copy of a model."""
    return SmartTurnModel(path)


class LocalSmartTurnAnalyzerV2(BaseSmartTurn):
    """Judges turns with a model from ``smart_turn_model_path``, an ONNX file or a folder that holds one.

    Where nothing is there, the path in ``LOCAL_SMART_TURN_MODEL_PATH`` is used; without either the constructor fails
    and names what it looked for. The model is loaded at the start of a process's first call that wants it, in the
    thread in which it runs, on the CPU.
    """

    def __init__(
        self,
        *,
        smart_turn_model_path: str | None = DEFAULT_MODEL,
        sample_rate: int | None = None,
        params: SmartTurnParams | None = None,
    ) -> None:
        super().__init__(sample_rate=sample_rate, params=params)
        self._path = model_file(smart_turn_model_path)

    async def start(self) -> None:
        """Load the model, or fail with what is wrong with it; its first run, which takes longer, is over then."""
        await self.predict(np.zeros(MODEL_RATE, dtype=np.float32))

    async def predict(self, audio: Floats) -> TurnVerdict:
        probability = await asyncio.get_running_loop().run_in_executor(_worker(), self._probability, audio)
        return TurnVerdict(probability > ENOUGH, probability)

    def _probability(self, audio: Floats) -> float:
        return load_model(self._path).probability(audio)

"""The Silero model, one session a process, and its memory of one call, two small arrays (TURN-01)."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

MODEL_PATH = Path(__file__).parent / "models" / "silero_vad.onnx"
_STATE = (2, 128)

Floats = npt.NDArray[np.float32]


class SileroStream:
    """The model's memory of one call: recurrent state and the last samples (1.3 KB)."""

    __slots__ = ("__weakref__", "context", "epoch", "rate", "state")

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self.epoch = 0
        self.reset()

    def reset(self) -> None:
        """Forget what was heard; a result still being computed for the old memory is not kept."""
        self.epoch += 1
        self.state: Floats = np.zeros(_STATE, dtype=np.float32)
        self.context = bytes(self.rate // 250 * 2)

    def row(self, window: bytes) -> bytes:
        """Return the model's input for ``window``: the context, then the samples, s16le."""
        return self.context + window

    def keep(self, epoch: int, row: bytes, state: Floats) -> None:
        """Take over what the model remembers after ``row``."""
        if epoch == self.epoch:
            self.state = state
            self.context = row[-len(self.context) :]


class SileroModel:
    """The model, loaded once; safe to use from several threads."""

    def __init__(self, path: Path = MODEL_PATH) -> None:
        import onnxruntime as ort

        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.enable_cpu_mem_arena = options.enable_mem_pattern = False
        self._session: Any = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self._rates = {rate: np.array(rate, dtype=np.int64) for rate in (8000, 16000)}

    def run(self, rate: int, rows: Sequence[bytes], states: Sequence[Floats]) -> tuple[list[float], list[Floats]]:
        """Return confidences and next states for windows of several calls at one rate; touches no call."""
        samples = np.frombuffer(b"".join(rows), dtype="<i2").astype(np.float32).reshape(len(rows), -1)
        samples *= 1.0 / 32768.0
        batch = {"input": samples, "state": np.stack(states, axis=1), "sr": self._rates[rate]}
        confidences, following = self._session.run(None, batch)
        return confidences[:, 0].tolist(), [following[:, index].copy() for index in range(len(rows))]

    def confidence(self, stream: SileroStream, window: bytes) -> float:
        """Return the confidence for one window and advance the stream, here and now."""
        row = stream.row(window)
        (confidence,), (state,) = self.run(stream.rate, [row], [stream.state])
        stream.keep(stream.epoch, row, state)
        return confidence


_loading = threading.Lock()


@lru_cache(maxsize=1)
def _load() -> SileroModel:
    return SileroModel()


def shared_model() -> SileroModel:
    """Return the process's one model, loading it on first use (about 35 ms; do it before the first call)."""
    with _loading:
        return _load()

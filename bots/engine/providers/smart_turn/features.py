"""What smart-turn models take as input: plain samples, or the 80-band log-mel picture of eight seconds (TURN-13)."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from bots.engine.audio.turn_analyzer import MODEL_RATE, Floats

SECONDS = 8
BANDS = 80
_FRAME, _HOP = 400, 160


def normalised(audio: Floats) -> Floats:
    """Return samples with mean 0 and variance 1."""
    found: Floats = ((audio - audio.mean()) / np.sqrt(audio.var() + 1e-7)).astype(np.float32)
    return found


def last_seconds(audio: Floats) -> Floats:
    """Return the last eight seconds, with silence before them where there is less."""
    wanted = SECONDS * MODEL_RATE
    kept = audio[-wanted:]
    padded: Floats = np.concatenate([np.zeros(wanted - len(kept), dtype=np.float32), kept])
    return padded


@lru_cache(maxsize=1)
def _bands() -> npt.NDArray[np.float64]:
    """Return the filters: triangles of equal area on the mel scale, linear below 1 kHz and logarithmic above."""
    log_step = np.log(6.4) / 27.0
    top = 15.0 + np.log(MODEL_RATE / 2 / 1000.0) / log_step
    mels = np.linspace(0.0, top, BANDS + 2)
    hertz = np.where(mels < 15.0, mels * 200.0 / 3.0, 1000.0 * np.exp(log_step * (mels - 15.0)))
    bins = np.linspace(0.0, MODEL_RATE / 2, _FRAME // 2 + 1)
    rising = (bins[None, :] - hertz[:-2, None]) / np.diff(hertz)[:-1, None]
    falling = (hertz[2:, None] - bins[None, :]) / np.diff(hertz)[1:, None]
    areas = 2.0 / (hertz[2:] - hertz[:-2])
    filters: npt.NDArray[np.float64] = np.maximum(0.0, np.minimum(rising, falling)) * areas[:, None]
    return filters


def log_mel(audio: Floats) -> Floats:
    """Return (80, 800) features of eight seconds of audio."""
    samples = normalised(last_seconds(audio)).astype(np.float64)
    padded = np.pad(samples, _FRAME // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, _FRAME)[::_HOP][:-1]
    window = 0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(_FRAME) / _FRAME)
    power = np.abs(np.fft.rfft(frames * window, axis=1)) ** 2
    logs = np.log10(np.maximum(_bands() @ power.T, 1e-10))
    found: Floats = ((np.maximum(logs, logs.max() - 8.0) + 4.0) / 4.0).astype(np.float32)
    return found

"""Arithmetic on 16-bit little-endian PCM held as ``bytes`` (the only form audio takes in the engine)."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Samples: TypeAlias = npt.NDArray[np.int16]
Buffer: TypeAlias = bytes | bytearray | memoryview

SAMPLE_BYTES = 2
_LIMITS = (-32768, 32767)


def samples_of(pcm: Buffer) -> Samples:
    """Return a read view of ``pcm`` as int16 samples without copying; a trailing odd byte is left out."""
    return np.frombuffer(pcm, dtype="<i2", count=len(pcm) // SAMPLE_BYTES)


def bytes_of(samples: npt.NDArray[np.number]) -> bytes:
    """Return ``samples`` as s16le bytes, rounded and saturated where they leave the 16-bit range."""
    if samples.dtype != np.int16:
        samples = np.clip(np.rint(samples), *_LIMITS).astype("<i2")
    return samples.astype("<i2", copy=False).tobytes()


def duration_of(pcm: Buffer, rate: int, channels: int = 1) -> float:
    """Return the length of ``pcm`` in seconds."""
    return len(pcm) // (SAMPLE_BYTES * channels) / rate


def silence(seconds: float, rate: int, channels: int = 1) -> bytes:
    """Return ``seconds`` of digital silence, rounded to the nearest whole sample."""
    return bytes(round(seconds * rate) * channels * SAMPLE_BYTES)


def apply_gain(pcm: Buffer, factor: float) -> bytes:
    """Return ``pcm`` multiplied by ``factor`` (1.0 = unchanged, may exceed 1), saturated."""
    if factor == 1.0:
        return bytes(pcm)
    return bytes_of(samples_of(pcm).astype(np.float32) * factor)


def mix(first: Buffer, second: Buffer, *, gain: float = 1.0) -> bytes:
    """Return ``first`` plus ``second`` times ``gain``, saturated; the shorter one is continued by silence (REC-03)."""
    long, short = samples_of(first), samples_of(second)
    total = np.zeros(max(len(long), len(short)), dtype=np.float32)
    total[: len(long)] = long
    total[: len(short)] += short.astype(np.float32) * gain
    return bytes_of(total)


def stereo_to_mono(pcm: Buffer) -> bytes:
    """Return the mean of left and right of interleaved stereo."""
    pairs = samples_of(pcm)
    pairs = pairs[: len(pairs) // 2 * 2].reshape(-1, 2)
    return bytes_of(pairs.astype(np.float32).mean(axis=1))


def interleave(left: Buffer, right: Buffer) -> bytes:
    """Return interleaved stereo; the shorter side is continued by silence (REC-03: user left, bot right)."""
    a, b = samples_of(left), samples_of(right)
    both = np.zeros((max(len(a), len(b)), 2), dtype="<i2")
    both[: len(a), 0] = a
    both[: len(b), 1] = b
    return both.tobytes()


def split_channels(pcm: Buffer) -> tuple[bytes, bytes]:
    """Return left and right of interleaved stereo."""
    pairs = samples_of(pcm)
    pairs = pairs[: len(pairs) // 2 * 2].reshape(-1, 2)
    return pairs[:, 0].tobytes(), pairs[:, 1].tobytes()

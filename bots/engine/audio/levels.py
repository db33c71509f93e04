"""How loud a piece of PCM is."""

from __future__ import annotations

import math

import numpy as np

from .pcm import Buffer, samples_of

_FULL_SCALE = 32768.0
_FLOOR_DB = -90.0
_CEILING_DB = -15.0


def rms(pcm: Buffer) -> float:
    """Return the root mean square, 0..1 of full scale; 0.0 for nothing."""
    samples = samples_of(pcm)
    if not len(samples):
        return 0.0
    wide = samples.astype(np.float32)
    return math.sqrt(float(np.dot(wide, wide)) / len(wide)) / _FULL_SCALE


def peak(pcm: Buffer) -> float:
    """Return the largest magnitude, 0..1 of full scale; 0.0 for nothing."""
    samples = samples_of(pcm)
    if not len(samples):
        return 0.0
    return max(int(samples.max()), -int(samples.min())) / _FULL_SCALE


def dbfs(pcm: Buffer) -> float:
    """Return the RMS level in dBFS, a full-scale square wave being 0; at least -90 (the floor of 16 bits)."""
    return decibels(rms(pcm))


def decibels(level: float) -> float:
    """Return a 0..1 level in dBFS, at least -90."""
    return max(_FLOOR_DB, 20.0 * math.log10(level)) if level > 0.0 else _FLOOR_DB


def loudness(pcm: Buffer) -> float:
    """Return the volume on the scale of ``VADParams.min_volume``, 0..1 (TURN-02)."""
    return loudness_of(rms(pcm))


def loudness_of(level: float) -> float:
    """Return the volume for an RMS ``level``: linear in decibels, 0 at -90 dBFS and 1 from -15 dBFS on.

    So 0.6 (the default of ``min_volume``) is -45 dBFS: speech at -30 dBFS reads 0.8, a quiet caller at -40 reads 0.67,
    the noise of a quiet room at -55 reads 0.47. A step of 0.1 is 7.5 dB.
    """
    return min(1.0, (decibels(level) - _FLOOR_DB) / (_CEILING_DB - _FLOOR_DB))

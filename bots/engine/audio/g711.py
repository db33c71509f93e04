"""G.711 mu-law (PCMU) and A-law (PCMA), both ways by table look-up (TEL-11 to TEL-13)."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from .pcm import Buffer, samples_of

_BIAS = 132
_CLIP = 32635

Codes = npt.NDArray[np.uint8]
Levels = npt.NDArray[np.int16]


@cache
def _ulaw_levels() -> Levels:
    """Return the sample of each of the 256 mu-law codes."""
    codes = ~np.arange(256, dtype=np.uint8)
    exponent, mantissa = (codes >> 4 & 7).astype(np.int32), (codes & 15).astype(np.int32)
    magnitude = ((mantissa * 8 + _BIAS) << exponent) - _BIAS
    return np.where(codes & 0x80, -magnitude, magnitude).astype(np.int16)


@cache
def _ulaw_codes() -> Codes:
    """Return the mu-law code of each sample, indexed by its unsigned 16-bit pattern."""
    samples = np.arange(65536).astype(np.uint16).view(np.int16).astype(np.int32) >> 2 << 2
    magnitude = np.minimum(np.abs(samples), _CLIP) + _BIAS
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    mantissa = magnitude >> (exponent + 3) & 15
    codes: Codes = ~(np.where(samples < 0, 0x80, 0) | exponent << 4 | mantissa).astype(np.uint8)
    return codes


@cache
def _alaw_levels() -> Levels:
    """Return the sample of each of the 256 A-law codes."""
    codes = np.arange(256, dtype=np.int32) ^ 0x55
    exponent, mantissa = codes >> 4 & 7, codes & 15
    linear = mantissa * 16 + 8
    magnitude = np.where(exponent == 0, linear, (linear + 256) << np.maximum(exponent - 1, 0))
    return np.where(codes & 0x80, magnitude, -magnitude).astype(np.int16)


@cache
def _alaw_codes() -> Codes:
    """Return the A-law code of each sample, indexed by its unsigned 16-bit pattern."""
    samples = np.arange(65536).astype(np.uint16).view(np.int16).astype(np.int32) >> 3
    magnitude = np.where(samples < 0, -samples - 1, samples)
    exponent = np.maximum(np.floor(np.log2(np.maximum(magnitude, 1))).astype(np.int32) - 4, 0)
    mantissa = magnitude >> np.maximum(exponent, 1) & 15
    codes: Codes = ((np.where(samples < 0, 0, 0x80) | exponent << 4 | mantissa) ^ 0x55).astype(np.uint8)
    return codes


def ulaw_encode(pcm: Buffer) -> bytes:
    """Return mu-law, one byte a sample, for s16le ``pcm``."""
    return _ulaw_codes()[samples_of(pcm).view(np.uint16)].tobytes()


def ulaw_decode(data: Buffer) -> bytes:
    """Return s16le for mu-law bytes."""
    return _ulaw_levels()[np.frombuffer(data, dtype=np.uint8)].astype("<i2", copy=False).tobytes()


def alaw_encode(pcm: Buffer) -> bytes:
    """Return A-law, one byte a sample, for s16le ``pcm``."""
    return _alaw_codes()[samples_of(pcm).view(np.uint16)].tobytes()


def alaw_decode(data: Buffer) -> bytes:
    """Return s16le for A-law bytes."""
    return _alaw_levels()[np.frombuffer(data, dtype=np.uint8)].astype("<i2", copy=False).tobytes()

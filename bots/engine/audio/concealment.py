"""Sound for a gap that a network left (reliability C7)."""

from __future__ import annotations

import numpy as np

from .pcm import Buffer, bytes_of, samples_of


def conceal(last: Buffer, samples: int) -> bytes:
    """Return ``samples`` samples that go on like ``last`` (s16le mono) and fade to silence; silence after silence."""
    heard = samples_of(last)
    if samples <= 0:
        return b""
    if not len(heard):
        return bytes(2 * samples)
    return bytes_of(np.resize(heard, samples).astype(np.float32) * np.linspace(1.0, 0.0, samples, endpoint=False))

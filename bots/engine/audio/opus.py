"""Ogg Opus files from PCM, for downloads a tenth the size of the WAV."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

import numpy as np

from .pcm import Buffer

RATES = (8000, 12000, 16000, 24000, 48000)


def write_ogg_opus(
    target: str | Path | BinaryIO, chunks: Iterable[Buffer], rate: int, *, channels: int = 2, bit_rate: int = 48000
) -> None:
    """Write interleaved s16le ``chunks`` (whole sample frames each) to ``target`` as Ogg Opus.

    ``rate`` is one Opus knows (:data:`RATES`), ``bit_rate`` in bits a second for all channels together. Blocking: run
    it in a thread or a job.
    """
    if rate not in RATES:
        raise ValueError(f"Opus does not know a sample rate of {rate} Hz")
    import av

    layout = "stereo" if channels == 2 else "mono"
    file = str(target) if isinstance(target, str | Path) else target
    with av.open(file, "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=rate, layout=layout, bit_rate=bit_rate)
        position = 0
        for chunk in chunks:
            samples = np.frombuffer(chunk, dtype="<i2").reshape(1, -1)
            if not samples.size:
                continue
            frame = av.AudioFrame.from_ndarray(samples, format="s16", layout=layout)
            frame.sample_rate, frame.pts = rate, position
            position += samples.size // channels
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))

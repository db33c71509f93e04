"""Encodes the two tracks to a small stereo Ogg Opus file, caller left and bot right."""

from pathlib import Path

import av
import numpy as np

from bots.jobs.tracks import SAMPLE_BYTES, Tracks

OPUS_RATE = 48000
BIT_RATE = 48_000
BLOCK_SECONDS = 1


def encode_ogg(tracks: Tracks, target: Path) -> int:
    """Write the file and answer its size in bytes; it appears whole or not at all, and a repeat replaces it."""
    unfinished = target.with_name(target.name + ".part")
    block = tracks.rate * BLOCK_SECONDS
    with (
        av.open(str(unfinished), "w", format="ogg") as container,
        tracks.caller.open("rb") as caller,
        tracks.bot.open("rb") as bot,
    ):
        stream = container.add_stream("libopus", rate=OPUS_RATE)
        stream.layout = "stereo"
        stream.bit_rate = BIT_RATE
        resampler = av.AudioResampler(format="s16", layout="stereo", rate=OPUS_RATE)
        for offset in range(0, tracks.samples, block):
            size = min(block, tracks.samples - offset)
            pair = np.zeros((size, 2), dtype="<i2")
            for column, file in enumerate((caller, bot)):
                part = np.frombuffer(file.read(size * SAMPLE_BYTES), dtype="<i2")
                pair[: part.size, column] = part
            frame = av.AudioFrame.from_ndarray(pair.reshape(1, -1), format="s16", layout="stereo")
            frame.sample_rate = tracks.rate
            frame.pts = offset
            for resampled in resampler.resample(frame):
                container.mux(stream.encode(resampled))
        for resampled in resampler.resample(None):
            container.mux(stream.encode(resampled))
        container.mux(stream.encode(None))
    unfinished.replace(target)
    return target.stat().st_size

"""The recorded test sentence as PCM, with quiet around it."""

import wave
from functools import cache
from pathlib import Path

from bots.engine.audio.pcm import apply_gain, silence
from bots.engine.audio.resampler import resample_once

SENTENCE = Path(__file__).parent / "data" / "booking.wav"
BEFORE_SECS = 1.0


@cache
def sentence(rate: int = 16000, gain: float = 1.0) -> bytes:
    """Return 1 s of silence, the sentence times ``gain``, 1.5 s of silence."""
    with wave.open(str(SENTENCE)) as file:
        spoken = resample_once(file.readframes(file.getnframes()), 16000, rate)
    return silence(BEFORE_SECS, rate) + apply_gain(spoken, gain) + silence(1.5, rate)

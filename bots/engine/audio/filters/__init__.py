"""Filters for the caller's audio: they stand before voice detection and recognition (AUD-01, TURN-06)."""

from .base import BaseAudioFilter, FilterUnavailable
from .catalogue import FILTERS, AudioFilterRow, filter_named
from .koala import KoalaFilter
from .krisp import KrispFilter
from .noisereduce import NoisereduceFilter

__all__ = [
    "FILTERS",
    "AudioFilterRow",
    "BaseAudioFilter",
    "FilterUnavailable",
    "KoalaFilter",
    "KrispFilter",
    "NoisereduceFilter",
    "filter_named",
]

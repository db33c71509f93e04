"""What every transport can be told (RUN-12)."""

from __future__ import annotations

from dataclasses import dataclass

from bots.engine.audio.filters import BaseAudioFilter
from bots.engine.audio.mixers import BaseAudioMixer
from bots.engine.audio.vad import VADAnalyzer


@dataclass(frozen=True, slots=True)
class TransportParams:
    """Which ways carry sound, and how.

    Rates in Hz (None: the pipeline's), ``audio_out_lead_secs`` how far ahead of its time audio is written.
    ``bot_stop_secs`` of silence end the bot's speech when no end of reply says so earlier.
    ``audio_in_filter`` stands before voice detection (AUD-01); ``audio_out_mixer`` adds a sound to the bot's (AUD-05).
    """

    audio_in_enabled: bool = True
    audio_out_enabled: bool = True
    audio_in_sample_rate: int | None = None
    audio_out_sample_rate: int | None = None
    audio_out_lead_secs: float = 0.06
    bot_stop_secs: float = 0.35
    vad_analyzer: VADAnalyzer | None = None
    audio_in_filter: BaseAudioFilter | None = None
    audio_out_mixer: BaseAudioMixer | None = None
    user_id: str = "caller"

"""What every transport can be told (RUN-12)."""

from __future__ import annotations

from dataclasses import dataclass

from bots.engine.audio.echo import EchoDetector
from bots.engine.audio.filters import BaseAudioFilter
from bots.engine.audio.mixers import BaseAudioMixer
from bots.engine.audio.turn_analyzer import BaseTurnAnalyzer
from bots.engine.audio.vad import VADAnalyzer
from bots.engine.errors import SpecError


@dataclass(frozen=True, slots=True)
class TransportParams:
    """Which ways carry sound, and how.

    Rates in Hz (None: the pipeline's), ``audio_out_lead_secs`` how far ahead of its time audio is written.
    ``bot_stop_secs`` of silence end the bot's speech when no end of reply says so earlier.
    ``audio_in_filter`` stands before voice detection (AUD-01); ``audio_out_mixer`` adds a sound to the bot's (AUD-05).
    ``turn_analyzer`` decides whether a caller who pauses is done (TURN-08); it needs the ``vad_analyzer``, whose
    ``stop_secs`` are best 0.2 then. ``echo`` keeps the bot's own voice from counting as the caller's; ``pause_secs``
    of quiet inside a turn are told by frames (0: never).
    """

    audio_in_enabled: bool = True
    audio_out_enabled: bool = True
    audio_in_sample_rate: int | None = None
    audio_out_sample_rate: int | None = None
    audio_out_lead_secs: float = 0.06
    bot_stop_secs: float = 0.35
    vad_analyzer: VADAnalyzer | None = None
    turn_analyzer: BaseTurnAnalyzer | None = None
    echo: EchoDetector | None = None
    pause_secs: float = 0.0
    audio_in_filter: BaseAudioFilter | None = None
    audio_out_mixer: BaseAudioMixer | None = None
    user_id: str = "caller"

    def __post_init__(self) -> None:
        if self.turn_analyzer is not None and self.vad_analyzer is None:
            raise SpecError("turn_analyzer needs a vad_analyzer: a model is asked when the voice pauses.")
        if self.pause_secs < 0:
            raise SpecError(f"pause_secs must not be negative, not {self.pause_secs!r}.")

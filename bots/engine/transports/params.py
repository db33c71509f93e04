"""What every transport can be told (RUN-12)."""

from __future__ import annotations

from dataclasses import dataclass

from bots.engine.audio.echo import EchoDetector
from bots.engine.audio.filters import BaseAudioFilter
from bots.engine.audio.mixers import BaseAudioMixer
from bots.engine.audio.turn_analyzer import BaseTurnAnalyzer
from bots.engine.audio.vad import VADAnalyzer
from bots.engine.checks import Checks, given
from bots.engine.errors import SpecError


class TransportParamsWrong(SpecError, ValueError):
    """A transport was told something that it cannot mean; the sentence names the parameter."""

    code = "transport.params"
    next_step = "Correct the parameter that is named where the transport is made."


CHECK = Checks(TransportParamsWrong)


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
        CHECK.flags(**given(self, "audio_in_enabled", "audio_out_enabled"))
        CHECK.rates(**given(self, "audio_in_sample_rate", "audio_out_sample_rate"))
        CHECK.waits(**given(self, "audio_out_lead_secs", "pause_secs"))
        CHECK.seconds(bot_stop_secs=self.bot_stop_secs)
        CHECK.kinds_or_none(VADAnalyzer, "a VAD analyzer", vad_analyzer=self.vad_analyzer)
        CHECK.kinds_or_none(BaseTurnAnalyzer, "a turn analyzer", turn_analyzer=self.turn_analyzer)
        CHECK.kinds_or_none(BaseAudioFilter, "an audio filter", audio_in_filter=self.audio_in_filter)
        CHECK.kinds_or_none(BaseAudioMixer, "an audio mixer", audio_out_mixer=self.audio_out_mixer)
        if self.turn_analyzer is not None and self.vad_analyzer is None:
            raise TransportParamsWrong("turn_analyzer needs a vad_analyzer: a model is asked when the voice pauses.")

"""What a bot's author decided about sound, as the call's transport takes it."""

from collections.abc import Mapping
from dataclasses import replace

from bots.engine.audio.echo import EchoDetector
from bots.engine.audio.filters import filter_named
from bots.engine.audio.mixers import SoundfileMixer
from bots.engine.build import vad_params_of
from bots.engine.errors import EngineError
from bots.engine.providers.resources import SharedResources
from bots.engine.providers.smart_turn.choice import turn_analyzer_for
from bots.engine.spec import BotSpec
from bots.engine.transports.params import TransportParams
from bots.models.voice_settings import sounds_dir

PHONE_RATE = 8000
PAUSE_SECS = 0.2
"""Quiet after which a two-step barge-in looks at what it has."""


def transport_params(spec: BotSpec, shared: SharedResources, secrets: Mapping[str, str]) -> TransportParams:
    """Everything that hears the caller or sounds under the bot; what it lacks is told when the call starts."""
    audio = spec.audio
    sounds = {audio.background: str(sounds_dir() / audio.background)}
    return TransportParams(
        vad_analyzer=shared.voice_detector(vad_params_of(spec)),
        turn_analyzer=turn_analyzer_for(spec.turn_end, secrets),
        echo=EchoDetector() if spec.barge_in.echo_test else None,
        pause_secs=PAUSE_SECS if spec.barge_in.two_step else 0.0,
        audio_in_filter=filter_named(audio.noise_filter).make() if audio.noise_filter else None,
        audio_out_mixer=SoundfileMixer(sounds, audio.background, audio.background_volume) if audio.background else None,
    )


def for_telephone(params: TransportParams) -> TransportParams:
    """The same over a telephone: 8 kHz towards the caller, written 60 ms ahead (TEL-05, lessons T8)."""
    return replace(params, audio_out_sample_rate=PHONE_RATE)


def params_or_reason(
    spec: BotSpec, shared: SharedResources, secrets: Mapping[str, str]
) -> tuple[TransportParams, EngineError | None]:
    """What the bot needs of its transport; or nothing, and why the call must fail with that reason when it starts."""
    try:
        return transport_params(spec, shared, secrets), None
    except EngineError as error:
        return TransportParams(), error

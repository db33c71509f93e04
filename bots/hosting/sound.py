"""What a bot's author decided about sound, as the call's transport takes it."""

from bots.engine.audio.filters import filter_named
from bots.engine.audio.mixers import SoundfileMixer
from bots.engine.build import vad_params_of
from bots.engine.providers.resources import SharedResources
from bots.engine.spec import BotSpec
from bots.engine.transports.params import TransportParams
from bots.models.voice_settings import sounds_dir


def transport_params(spec: BotSpec, shared: SharedResources) -> TransportParams:
    """Voice detection, noise filter and background sound; what they lack is told when the call starts."""
    audio = spec.audio
    sounds = {audio.background: str(sounds_dir() / audio.background)}
    return TransportParams(
        vad_analyzer=shared.voice_detector(vad_params_of(spec)),
        audio_in_filter=filter_named(audio.noise_filter).make() if audio.noise_filter else None,
        audio_out_mixer=SoundfileMixer(sounds, audio.background, audio.background_volume) if audio.background else None,
    )

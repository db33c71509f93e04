"""Mixers for the bot's audio: a sound under its voice (AUD-05, AUD-06)."""

from .base import BaseAudioMixer, MixerSettingsWrong, SoundUnusable
from .soundfile import SoundfileMixer

__all__ = ["BaseAudioMixer", "MixerSettingsWrong", "SoundUnusable", "SoundfileMixer"]

"""What every output mixer does (AUD-05, AUD-06)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from bots.engine.audio.pcm import Buffer
from bots.engine.errors import SpecError


class SoundUnusable(SpecError):
    """A sound file is missing, cannot be read or is not mono."""

    code = "audio.sound_unusable"
    next_step = "Choose a mono sound file that exists on the server."


class MixerSettingsWrong(SpecError, ValueError):
    """A mixer was told something that it cannot mean."""

    code = "audio.mixer_settings"
    next_step = "Mend the setting that the sentence names."


class BaseAudioMixer(ABC):
    """Adds a sound to what is played, s16le mono; one instance per call."""

    async def start(self, sample_rate: int) -> None:
        """Get ready for output at ``sample_rate`` Hz; raises :class:`SoundUnusable`."""
        return

    async def stop(self) -> None:
        """Release what is held."""
        return

    @property
    @abstractmethod
    def sounding(self) -> bool:
        """Whether there is anything to add, so that silence between the bot's sentences must be filled."""

    @abstractmethod
    def update(self, settings: Mapping[str, Any]) -> None:
        """Take new settings, as a ``MixerUpdateSettingsFrame`` brings them; raises :class:`MixerSettingsWrong`."""

    @abstractmethod
    def enable(self, enabled: bool) -> None:
        """Switch at run time, as a ``MixerEnableFrame`` asks."""

    @abstractmethod
    def mix(self, audio: Buffer) -> bytes:
        """Return ``audio`` with the sound's next samples added."""

"""The sound under the bot's voice, where there is one (AUD-05, AUD-06)."""

from __future__ import annotations

from bots.engine.audio.mixers import BaseAudioMixer
from bots.engine.frames import MixerEnableFrame, MixerUpdateSettingsFrame


class Background:
    """A mixer that may be absent."""

    def __init__(self, mixer: BaseAudioMixer | None) -> None:
        self._mixer = mixer

    @property
    def sounding(self) -> bool:
        """Whether there is a sound now, even while the bot says nothing."""
        return self._mixer is not None and self._mixer.sounding

    async def start(self, rate: int) -> None:
        """Get ready for blocks of ``rate`` Hz."""
        if self._mixer is not None:
            await self._mixer.start(rate)

    async def stop(self) -> None:
        """Release what is held."""
        if self._mixer is not None:
            await self._mixer.stop()

    def mix(self, pcm: bytes) -> bytes:
        """Return a block with the sound under it."""
        return pcm if self._mixer is None else self._mixer.mix(pcm)

    def change(self, frame: MixerUpdateSettingsFrame | MixerEnableFrame) -> None:
        """Do what a frame asks; what it cannot mean raises an ``EngineError``, and the sound stays as it is."""
        if self._mixer is None:
            return
        if isinstance(frame, MixerEnableFrame):
            self._mixer.enable(frame.enable)
        else:
            self._mixer.update(frame.settings)

"""Sounds from files under the bot's voice: an office, a melody on hold (AUD-05, AUD-06)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bots.engine.audio.pcm import Buffer, bytes_of, samples_of
from bots.engine.audio.resampler import resample_once
from bots.engine.checks import Checks

from .base import BaseAudioMixer, MixerSettingsWrong, SoundUnusable

LONGEST_SECS = 600.0
Samples = npt.NDArray[np.int16]


class SoundfileMixer(BaseAudioMixer):
    """Plays one of several files under the bot's voice.

    ``sound_files`` maps names to paths (any format that libsndfile reads; mono; at most ten minutes), ``default_sound``
    is the name to begin with, ``volume`` a factor (1.0 = as recorded, may be more), ``loop`` begins anew at the end.
    """

    def __init__(
        self, sound_files: Mapping[str, str], default_sound: str, volume: float = 0.4, loop: bool = True
    ) -> None:
        Checks(MixerSettingsWrong).kinds(Mapping, "paths by their names", sound_files=sound_files)
        if not sound_files or not all(isinstance(name, str) and _is_path(path) for name, path in sound_files.items()):
            raise MixerSettingsWrong("sound_files must be paths by their names, at least one.")
        if not isinstance(default_sound, str) or default_sound not in sound_files:
            raise MixerSettingsWrong("default_sound must be one of the names in sound_files.")
        self._files = dict(sound_files)
        self._sounds: dict[str, Samples] = {}
        self._at = 0
        self._enabled = True
        self._sound, self._volume, self._loop = "", 0.4, True
        self.update({"sound": default_sound, "volume": volume, "loop": loop})

    async def start(self, sample_rate: int) -> None:
        """Read all files, so that switching between them never waits for a disk."""
        for name, path in self._files.items():
            self._sounds[name] = await asyncio.to_thread(read_mono, path, sample_rate)

    @property
    def sounding(self) -> bool:
        over = not self._loop and self._at >= len(self._sounds.get(self._sound, ()))
        return self._enabled and self._volume > 0 and bool(self._sounds) and not over

    def enable(self, enabled: bool) -> None:
        self._enabled = enabled

    def update(self, settings: Mapping[str, Any]) -> None:
        if unknown := sorted(set(settings) - {"sound", "volume", "loop"}):
            raise MixerSettingsWrong(f"{unknown[0]}: the mixer knows sound, volume and loop.")
        sound, volume = settings.get("sound", self._sound), settings.get("volume", self._volume)
        loop = settings.get("loop", self._loop)
        if not isinstance(sound, str) or sound not in self._files:
            raise MixerSettingsWrong("sound: must be one of the names in sound_files.")
        if isinstance(volume, bool) or not isinstance(volume, int | float) or not 0 <= volume < float("inf"):
            raise MixerSettingsWrong("volume: must be a number, 0 or more.")
        if not isinstance(loop, bool):
            raise MixerSettingsWrong("loop: must be true or false.")
        if sound != self._sound:
            self._at = 0
        self._sound, self._volume, self._loop = sound, float(volume), loop

    def mix(self, audio: Buffer) -> bytes:
        if not self.sounding:
            return bytes(audio)
        voice = samples_of(audio).astype(np.float32)
        under = self._next(len(voice))
        voice[: len(under)] += under * np.float32(self._volume)
        return bytes_of(voice)

    def _next(self, count: int) -> Samples:
        sound = self._sounds[self._sound]
        if not self._loop:
            part = sound[self._at : self._at + count]
            self._at += count
            return part
        places = (self._at + np.arange(count)) % len(sound)
        self._at = (self._at + count) % len(sound)
        return sound[places]


def _is_path(path: object) -> bool:
    return isinstance(path, str | Path) and bool(str(path))


def read_mono(path: str | Path, sample_rate: int) -> Samples:
    """Return a mono file's samples at ``sample_rate``; raises :class:`SoundUnusable`."""
    import soundfile

    name = Path(path).name
    try:
        with soundfile.SoundFile(path) as file:
            if file.channels != 1:
                raise SoundUnusable(f"The sound {name} has {file.channels} channels; it must be mono.")
            if not 0 < file.frames <= LONGEST_SECS * file.samplerate:
                raise SoundUnusable(f"The sound {name} is empty or longer than {LONGEST_SECS:.0f} seconds.")
            pcm, rate = file.read(dtype="int16").tobytes(), file.samplerate
    except (OSError, soundfile.SoundFileError) as error:
        raise SoundUnusable(f"The sound {name} cannot be read.") from error
    return samples_of(resample_once(pcm, rate, sample_rate))

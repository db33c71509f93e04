"""What every input filter does (AUD-01)."""

from __future__ import annotations

from abc import ABC, abstractmethod

from bots.engine.audio.pcm import Buffer
from bots.engine.errors import SpecError


class FilterUnavailable(SpecError):
    """The filter's package, model or licence is missing on this server."""

    code = "audio.filter_unavailable"
    next_step = "Install what the sentence names, or choose another noise filter in the bot's settings."


class FilterSettingWrong(FilterUnavailable, ValueError):
    """The filter was made with something that it cannot mean; the sentence names the parameter."""


class BaseAudioFilter(ABC):
    """Cleans one caller's audio, s16le mono; one instance per call.

    A filter may hold audio back (it returns what is ready, in order), but over time gives as many samples as it takes.
    """

    def __init__(self) -> None:
        self.enabled = True

    async def start(self, sample_rate: int) -> None:
        """Get ready for audio at ``sample_rate`` Hz; raises :class:`FilterUnavailable`."""
        return

    async def stop(self) -> None:
        """Release what is held."""
        return

    def enable(self, enabled: bool) -> None:
        """Switch at run time, as a ``FilterEnableFrame`` asks."""
        self.enabled = enabled

    @abstractmethod
    async def filter(self, audio: Buffer) -> bytes:
        """Return cleaned audio; may be empty while a block fills. Switched off, audio keeps its delay and its sound."""

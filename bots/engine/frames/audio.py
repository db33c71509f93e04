"""Sound on its way in and out: 16-bit little-endian PCM (FRM-05, SPCH-01, SPCH-05)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .base import ControlFrame, DataFrame, Frame, SystemFrame, Uninterruptible, frame


@frame
class AudioRawFrame(Frame):
    """Generic PCM: what all audio frames have in common. ``sample_rate`` in Hz; of itself it belongs to no family."""

    audio: bytes
    sample_rate: int
    num_channels: int = 1


@frame
class InputAudioRawFrame(SystemFrame, AudioRawFrame):
    """Caller audio. ``at`` is the media time of its first sample, in seconds, where the transport knows it."""

    at: float | None = None


@frame
class UserAudioRawFrame(InputAudioRawFrame):
    """Audio of one participant of a room with several."""

    user_id: str = ""


@frame
class OutputAudioRawFrame(DataFrame, AudioRawFrame):
    """Audio to play. ``at`` is set by the output transport: the media time of its first sample when played."""

    at: float | None = None


@frame
class TTSAudioRawFrame(OutputAudioRawFrame):
    """Synthesised speech of one ledger segment."""

    segment: int | None = None


@dataclass(frozen=True, slots=True)
class SpokenWord:
    """A word inside a segment; start and end in seconds from the segment's first sample."""

    text: str
    start: float
    end: float
    estimated: bool = False


@frame
class TTSWordsFrame(DataFrame):
    """Word timings of a segment, sent to the output so that it can tell what was heard (SPCH-09)."""

    segment: int
    words: tuple[SpokenWord, ...]


@frame
class TTSStartedFrame(ControlFrame):
    """Synthesis of a segment begins; ``text`` is all that it will say."""

    segment: int | None = None
    text: str = ""
    reply: int | None = None


@frame
class TTSStoppedFrame(ControlFrame):
    """Synthesis of a segment is complete."""

    segment: int | None = None


@frame
class STTMuteFrame(SystemFrame):
    """Mute or unmute speech recognition (SPCH-03)."""

    mute: bool


@frame
class FilterEnableFrame(ControlFrame, Uninterruptible):
    """Toggle the input audio filter at run time (AUD-01)."""

    enable: bool


@frame
class MixerUpdateSettingsFrame(ControlFrame, Uninterruptible):
    """Change the output mixer; ``settings`` has any of ``sound`` (a name), ``volume`` and ``loop``."""

    settings: Mapping[str, Any]


@frame
class MixerEnableFrame(ControlFrame, Uninterruptible):
    """Switch the output mixer on and off."""

    enable: bool

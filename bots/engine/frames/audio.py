"""Sound on its way in and out: 16-bit little-endian PCM (FRM-05, SPCH-01, SPCH-05)."""

from __future__ import annotations

from dataclasses import dataclass

from .base import ControlFrame, DataFrame, SystemFrame, frame


@frame
class InputAudioRawFrame(SystemFrame):
    """Caller audio. ``at`` is the media time of its first sample, in seconds, where the transport knows it."""

    audio: bytes
    sample_rate: int
    num_channels: int = 1
    at: float | None = None


@frame
class OutputAudioRawFrame(DataFrame):
    """Audio to play. ``at`` is set by the output transport: the media time of its first sample when played."""

    audio: bytes
    sample_rate: int
    num_channels: int = 1
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
class FilterEnableFrame(ControlFrame):
    """Toggle the input audio filter at run time (AUD-01)."""

    enable: bool

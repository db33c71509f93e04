"""Words on their way: typed, transcribed, generated, spoken (FRM-05)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .base import DataFrame, SystemFrame, frame


@frame
class TextFrame(DataFrame):
    """A piece of text for whoever comes next."""

    text: str
    skip_tts: bool = False


@frame
class LLMTextFrame(TextFrame):
    """One streamed chunk of the model's reply (LLM-02)."""


@frame
class TTSTextFrame(TextFrame):
    """A word that was played out to the caller (CTX-05, SPCH-09).

    ``segment`` is the ledger's, ``at`` and ``end`` are media seconds; ``estimated`` when the synthesiser gave no
    timing.
    """

    segment: int | None = None
    at: float | None = None
    end: float | None = None
    estimated: bool = False


@frame
class TTSSpeakFrame(DataFrame):
    """Say this now, without the model (SPCH-11). ``append_to_context`` puts what was heard into the context."""

    text: str
    append_to_context: bool = True


@frame
class TranscriptionFrame(DataFrame):
    """Final text of what the caller said. ``at`` and ``end`` in media seconds, ``confidence`` 0..1 where known."""

    text: str
    user_id: str
    timestamp: str
    language: str | None = None
    at: float | None = None
    end: float | None = None
    confidence: float | None = None


@frame
class InterimTranscriptionFrame(DataFrame):
    """A guess while the caller still speaks; for display only."""

    text: str
    user_id: str
    timestamp: str
    language: str | None = None


@frame
class TranslationFrame(DataFrame):
    """What the caller said in another language than the one spoken; for display and logs."""

    text: str
    user_id: str
    timestamp: str
    language: str | None = None


@dataclass(frozen=True, slots=True)
class TranscriptionMessage:
    """One line of a transcript (TRN-03); ``timestamp`` in ISO 8601, ``user_id`` of callers only."""

    role: Literal["user", "assistant"]
    content: str
    timestamp: str | None = None
    user_id: str | None = None


@frame
class TranscriptionUpdateFrame(DataFrame):
    """The lines that are new in the transcript (TRN-02)."""

    messages: tuple[TranscriptionMessage, ...]


@frame
class UserTextFrame(SystemFrame):
    """The caller typed a whole turn. ``run_immediately`` interrupts and answers, ``audio_response`` aloud."""

    text: str
    run_immediately: bool = True
    audio_response: bool = True

"""Pieces of synthesised speech, made whole samples of one rate (SPCH-14, P13)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bots.engine.audio.resampler import Resampler
from bots.engine.checks import given
from bots.engine.frames import SpokenWord

from .failures import Failure
from .settings import CHECK
from .tts_errors import tts_error

SLICE_S = 0.5
RATES = range(4000, 192001)


@dataclass(frozen=True, slots=True)
class SpeechPiece:
    """A piece of synthesised speech: s16le mono, and the words it brought timings for.

    Word offsets count in seconds from the first sample of the sentence. ``sample_rate`` in Hz where the piece has
    another one than the service; pieces may end in the middle of a sample.
    """

    audio: bytes = b""
    words: Sequence[SpokenWord] = ()
    sample_rate: int | None = None


@dataclass(frozen=True, slots=True)
class TTSDeadlines:
    """Seconds until the first audio of a sentence, and between two pieces (reliability, section 3); above 0."""

    first: float = 2.0
    between: float = 1.5

    def __post_init__(self) -> None:
        CHECK.above_zero(**given(self, "first", "between"))


class SoundAligner:
    """Turns one sentence's pieces into whole samples at ``rate`` Hz; raises ``tts.unreadable`` at an absurd rate."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._odd = b""
        self._resampler: Resampler | None = None

    def take(self, audio: bytes, rate: int | None = None) -> bytes:
        """Return what a piece adds; half a sample at its end waits for the next piece."""
        if rate in (None, self._rate) and self._resampler is None and not self._odd and not len(audio) % 2:
            return audio
        if rate is not None and rate not in RATES:
            raise tts_error(Failure.UNREADABLE)
        whole = self._odd + audio
        length = len(whole) // 2 * 2
        whole, self._odd = whole[:length], whole[length:]
        if rate in (None, self._rate):
            return self.flush() + whole
        held = b""
        if self._resampler is None or self._resampler.in_rate != rate:
            held, self._resampler = self.flush(), Resampler(rate or self._rate, self._rate)
        return held + self._resampler.process(whole)

    def flush(self) -> bytes:
        """Return what resampling still held back; half a sample that stayed alone is dropped at the end."""
        resampler, self._resampler = self._resampler, None
        return resampler.flush() if resampler is not None else b""


def slices(pcm: bytes, rate: int) -> Iterator[bytes]:
    """Cut sound into half seconds, so that a long piece can be stopped between them."""
    size = round(SLICE_S * rate) * 2
    if 0 < len(pcm) <= size:
        yield pcm
        return
    for start in range(0, len(pcm), size):
        yield pcm[start : start + size]

"""Speech without models: every word is a stretch of one sample value, so an ear of a few lines hears it exactly."""

from __future__ import annotations

from dataclasses import dataclass, field

from bots.engine.audio.pcm import samples_of

WORD_S = 0.2
GAP_S = 0.04
STEP = 100
ENOUGH = 0.5


def word(number: int) -> str:
    """Return the text of a word, 1 to 300."""
    return f"w{number}"


def spoken(numbers: list[int], rate: int = 16000) -> bytes:
    """Return words as s16le mono, each 0.2 s long and followed by 0.04 s of silence."""
    gap = bytes(round(GAP_S * rate) * 2)
    return b"".join((number * STEP).to_bytes(2, "little") * round(WORD_S * rate) + gap for number in numbers)


@dataclass(frozen=True, slots=True)
class HeardWord:
    """A word and its place, seconds from the first sample that the ear was given."""

    text: str
    start: float
    end: float


@dataclass(slots=True)
class CodedEar:
    """Finds words in coded speech that comes in pieces; half a word is enough to understand it."""

    rate: int = 16000
    _at: int = 0
    _value: int = 0
    _since: int = 0
    _found: list[HeardWord] = field(default_factory=list)

    def hear(self, pcm: bytes) -> list[HeardWord]:
        """Return the words that ended in this piece."""
        found: list[HeardWord] = []
        for value in samples_of(pcm).tolist():
            if value != self._value:
                found += self._word()
                self._value, self._since = value, self._at
            self._at += 1
        return found

    def flush(self) -> list[HeardWord]:
        """Return the word that is not over yet, if enough of it was heard."""
        found = self._word()
        self._value, self._since = 0, self._at
        return found

    def _word(self) -> list[HeardWord]:
        if not self._value or self._at - self._since < ENOUGH * WORD_S * self.rate:
            return []
        return [HeardWord(word(self._value // STEP), self._since / self.rate, self._at / self.rate)]

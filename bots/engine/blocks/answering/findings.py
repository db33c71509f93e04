"""What can be found out about who took a call (lessons T17)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class AnswerKind(StrEnum):
    """Who or what took the call."""

    HUMAN = "human"
    MACHINE = "machine"
    SCREENER = "screener"
    MENU = "menu"
    FAX = "fax"


class FoundBy(StrEnum):
    """How that was found out."""

    CARRIER = "carrier"
    WORDS = "words"
    TIMING = "timing"
    BEEP = "beep"


@dataclass(frozen=True, slots=True)
class Finding:
    """An answer, how it was found, and how sure that is (0..1)."""

    kind: AnswerKind
    by: FoundBy
    confidence: float

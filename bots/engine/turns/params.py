"""How the aggregators behave (CTX-11)."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count


@dataclass(frozen=True, slots=True)
class LLMUserAggregatorParams:
    """``transcript_secs``: how long a turn waits for its final text before the newest partial is answered."""

    transcript_secs: float = 0.8


@dataclass(frozen=True, slots=True)
class LLMAssistantAggregatorParams:
    """``note_interruptions``: tell the model, by a developer message, that the caller cut it off."""

    note_interruptions: bool = False


@dataclass(slots=True)
class TurnNumbers:
    """Numbers the turns of both sides in the order in which they are complete."""

    counter: count[int] = field(default_factory=lambda: count(1))

    def next(self) -> int:
        """Return the next turn's number."""
        return next(self.counter)

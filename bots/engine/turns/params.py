"""How the aggregators behave (CTX-11)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count

from bots.engine.checks import given

from .barge_in import BargeInParams
from .strategies import CHECK
from .turn_strategies import UserTurnStrategies
from .user_mute import BaseUserMuteStrategy


@dataclass(frozen=True, slots=True)
class LLMUserAggregatorParams:
    """How the caller's turns begin and end; seconds.

    ``transcript_secs``: how long a turn waits for its final text before the newest partial is answered. ``barge_in``:
    decide in two steps who speaks (None: at once). ``user_turn_strategies``, ``user_turn_stop_timeout``,
    ``user_mute_strategies`` and ``user_idle_timeout`` (0: never) are the newer turn model (TURN-27).
    ``aggregation_timeout`` is the documents' name of ``transcript_secs`` and takes its place when it is given.
    """

    transcript_secs: float = 0.8
    barge_in: BargeInParams | None = None
    user_turn_strategies: UserTurnStrategies | None = None
    user_turn_stop_timeout: float = 5.0
    user_mute_strategies: Sequence[BaseUserMuteStrategy] = ()
    user_idle_timeout: float = 0.0
    aggregation_timeout: float | None = None

    def __post_init__(self) -> None:
        if self.aggregation_timeout is not None:
            CHECK.waits(aggregation_timeout=self.aggregation_timeout)
            object.__setattr__(self, "transcript_secs", self.aggregation_timeout)
        CHECK.waits(**given(self, "transcript_secs", "user_turn_stop_timeout", "user_idle_timeout"))
        CHECK.kinds_or_none(BargeInParams, "BargeInParams", barge_in=self.barge_in)
        CHECK.kinds_or_none(UserTurnStrategies, "UserTurnStrategies", user_turn_strategies=self.user_turn_strategies)
        CHECK.lists(BaseUserMuteStrategy, "mute strategies", user_mute_strategies=self.user_mute_strategies)


@dataclass(frozen=True, slots=True)
class LLMAssistantAggregatorParams:
    """``note_interruptions``: tell the model, by a developer message, that the caller cut it off."""

    note_interruptions: bool = False

    def __post_init__(self) -> None:
        CHECK.flags(note_interruptions=self.note_interruptions)


@dataclass(slots=True)
class TurnNumbers:
    """Numbers the turns of both sides in the order in which they are complete."""

    counter: count[int] = field(default_factory=lambda: count(1))

    def next(self) -> int:
        """Return the next turn's number."""
        return next(self.counter)

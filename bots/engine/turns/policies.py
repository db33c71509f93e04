"""Which start and which stop the caller's turns follow, as the aggregator's parameters and the pipeline's say."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from bots.engine.frames import StartFrame

from .barge_in import TwoStepStart
from .params import LLMUserAggregatorParams
from .starts import ListedStart, StrategyStart, TurnOwner, TurnStart
from .stops import ListedStop, TurnEnd, TurnStop

Spawn = Callable[[Coroutine[Any, Any, Any], str], asyncio.Task[Any]]


class Owner(TurnOwner, TurnEnd, Protocol):
    """The user aggregator."""


def start_for(owner: Owner, params: LLMUserAggregatorParams, frame: StartFrame, spawn: Spawn) -> TurnStart:
    """Return when speech becomes a turn: by the newer strategies, in two steps, by the older ones, or at once."""
    allow, strategies, turns = frame.allow_interruptions, frame.interruption_strategies, params.user_turn_strategies
    if turns is not None and turns.start:
        return ListedStart(owner, turns.start, allow=allow)
    if params.barge_in is not None:
        return TwoStepStart(owner, params.barge_in, strategies, spawn=spawn, allow=allow)
    if strategies:
        return StrategyStart(owner, strategies, allow=allow)
    return TurnStart(owner, allow=allow)


def stop_for(owner: Owner, params: LLMUserAggregatorParams, spawn: Spawn) -> TurnStop:
    """Return when a turn is over: when a strategy says so, or with its text."""
    turns = params.user_turn_strategies
    if turns is not None and turns.stop:
        return ListedStop(owner, turns.stop, params.user_turn_stop_timeout, params.transcript_secs, spawn)
    return TurnStop(owner, params.transcript_secs, spawn)

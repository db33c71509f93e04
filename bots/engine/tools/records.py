"""A function call as a record whose state changes by compare-and-set (lessons T3)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from bots.engine.frames import FunctionCallResultProperties

from .registry import Registration


class CallState(Enum):
    """Where a call stands; the last four are final."""

    REQUESTED = "requested"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"


FINAL = {CallState.FINISHED, CallState.FAILED, CallState.CANCELLED, CallState.TIMED_OUT}


@dataclass(slots=True, eq=False)
class FunctionCall:
    """One call from request to its final state; whichever transition comes first wins.

    ``key`` is its idempotency key, ``repeats`` an earlier call of the same turn and the same arguments.
    ``registration`` is None for a name nobody answers.
    """

    name: str
    id: str
    arguments: Mapping[str, Any]
    registration: Registration | None
    key: str = ""
    turn: int = 0
    repeats: FunctionCall | None = None
    state: CallState = CallState.REQUESTED
    working: asyncio.Task[Any] | None = None
    done: asyncio.Event = field(default_factory=asyncio.Event)
    result: Any = None
    properties: FunctionCallResultProperties | None = None
    failure: tuple[str, str] = ("", "")

    @property
    def cancel_on_interruption(self) -> bool:
        """Whether speech may cancel it (FUNC-14)."""
        return self.registration is not None and self.registration.cancel_on_interruption

    def move(self, expected: CallState, to: CallState) -> bool:
        """Go from ``expected`` to ``to``; return whether the call was there."""
        if self.state is not expected:
            return False
        self.state = to
        if to in FINAL:
            self.done.set()
        return True

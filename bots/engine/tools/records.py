"""A function call as a record whose state changes by compare-and-set (lessons T3)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class CallState(Enum):
    """Where a call stands; the last four are final."""

    REQUESTED = "requested"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"


FINAL = {CallState.FINISHED, CallState.FAILED, CallState.CANCELLED, CallState.TIMED_OUT}


@dataclass(slots=True)
class FunctionCall:
    """One call from request to its final state; whichever transition comes first wins."""

    name: str
    id: str
    arguments: Mapping[str, Any]
    cancel_on_interruption: bool
    timeout_s: float
    state: CallState = CallState.REQUESTED
    working: asyncio.Task[Any] | None = None
    done: asyncio.Event = field(default_factory=asyncio.Event)

    def move(self, expected: CallState, to: CallState) -> bool:
        """Go from ``expected`` to ``to``; return whether the call was there."""
        if self.state is not expected:
            return False
        self.state = to
        if to in FINAL:
            self.done.set()
        return True

"""Where a tracer joins a call: the task knows this seam, never the tracing library (TRC-01)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bots.engine.clock import BaseClock

from .observer import BaseObserver, ObserverHub
from .turn_tracking import TurnTrackingObserver

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TracedCall:
    """What a tracer learns of a call: its clock, name, further attributes (TRC-03), turns, and whether words may leave.

    ``content`` False keeps everything that was said, prompted, or passed to a tool out of the spans (TRC-10).
    """

    clock: BaseClock
    conversation_id: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    turns: TurnTrackingObserver | None = None
    content: bool = True


TracerFactory = Callable[[TracedCall], BaseObserver]


class TracingSeam:
    """Holds what makes the tracer of a call; one for the process, as tracing libraries have one provider."""

    def __init__(self) -> None:
        self._make: TracerFactory | None = None

    @property
    def installed(self) -> bool:
        """Whether calls can be traced."""
        return self._make is not None

    def install(self, make: TracerFactory | None) -> None:
        """Let ``make`` build the tracer of every call that asks for one; None takes it away."""
        self._make = make

    def tracer(self, call: TracedCall) -> BaseObserver | None:
        """Return the observer that traces ``call``; without a set-up tracer a warning and None (TRC-09)."""
        if self._make is None:
            log.warning("tracing is enabled for a task, but setup_tracing was not called")
            return None
        return self._make(call)


TRACING = TracingSeam()


def watching(
    call: TracedCall, activity: BaseObserver | None, given: Sequence[BaseObserver], *, turns: bool, tracing: bool
) -> tuple[TurnTrackingObserver | None, ObserverHub]:
    """Return what counts a task's turns, and all that observes it: built-in observers first, a tracer last.

    Without a built-in turn observer (``turns``), one of the observers given takes its place (OBS-09).
    """
    built_in = TurnTrackingObserver() if turns else None
    counting = built_in or next((own for own in given if isinstance(own, TurnTrackingObserver)), None)
    tracer = TRACING.tracer(replace(call, turns=counting)) if tracing else None
    everyone = [*(one for one in (built_in, activity) if one is not None), *given, *((tracer,) if tracer else ())]
    return counting, ObserverHub(everyone, call.clock.now)

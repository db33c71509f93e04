"""What one request to a language model cost, told to whoever listens (LK-08…11)."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass, fields
from typing import Any, Literal

from bots.engine.clock import BaseClock
from bots.engine.errors import SpecError
from bots.engine.frames import LLMTokenUsage

from .llm_events import LLMEvent, TextDelta, ToolCallDelta, Usage

log = logging.getLogger(__name__)

EVENT = "metrics_collected"
NOTHING_CAME = -1.0
"""The ``ttft`` of a request that ended before its first token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LLMMetrics:
    """One request (LK-08). Seconds: ``duration``, and ``ttft`` from the request to its first token.

    ``label`` is the model's name, ``timestamp`` Unix seconds of the request's end, ``cancelled`` whether nobody wanted
    the rest. Tokens are the provider's count, 0 where it gives none. ``ttft`` is -1 when no token came.
    """

    label: str
    request_id: str
    timestamp: float
    duration: float
    ttft: float
    cancelled: bool
    completion_tokens: int = 0
    prompt_tokens: int = 0
    total_tokens: int = 0
    tokens_per_second: float = 0.0
    type: Literal["llm_metrics"] = "llm_metrics"


MetricsHandler = Callable[[LLMMetrics], None]


class UnknownLLMEvent(SpecError):
    """A model's service is asked to tell of something it never tells."""

    code = "llm.unknown_event"
    next_step = "Register for metrics_collected."


class LLMMonitor:
    """Watches requests and tells its handlers one :class:`LLMMetrics` for each, whatever its end (LK-09, LK-10).

    Handlers are plain functions: they run inside the request, so work that waits belongs into a task of their own. One
    that is registered after a request began hears of the next. One that raises is logged and the others still run.
    """

    def __init__(self) -> None:
        self._handlers: list[MetricsHandler] = []

    def __bool__(self) -> bool:
        return bool(self._handlers)

    def on(self, name: str, handler: MetricsHandler) -> MetricsHandler:
        """Register a handler and return it (LK-09); the one event is ``metrics_collected``."""
        if name != EVENT:
            raise UnknownLLMEvent(f"There is no event {name!r}: a language model tells {EVENT}.")
        self._handlers.append(handler)
        return handler

    def off(self, name: str, handler: MetricsHandler) -> None:
        """Forget a handler; one that is not registered is no error."""
        if name == EVENT and handler in self._handlers:
            self._handlers.remove(handler)

    def tell(self, metrics: LLMMetrics) -> None:
        """Call every handler."""
        for handler in tuple(self._handlers):
            try:
                handler(metrics)
            except Exception:
                log.exception("a metrics handler failed", extra={"model": metrics.label})

    async def watch(self, events: AsyncIterator[LLMEvent], clock: BaseClock, label: str) -> AsyncIterator[LLMEvent]:
        """Hand a request's events on and tell of it when it is over, once (LK-10, LK-11)."""
        request = RequestMeter(clock, label)
        over = False
        try:
            async with aclosing(events) as open_events:  # type: ignore[type-var]
                async for event in open_events:
                    request.take(event)
                    yield event
            over = True
        except Exception:
            over = True
            raise
        finally:
            self.tell(request.metrics(cancelled=not over))


class RequestMeter:
    """Measures one request by its events; the time of its making is the time of the request (LK-11)."""

    def __init__(self, clock: BaseClock, label: str) -> None:
        self._clock, self.label = clock, label
        self.id = clock.new_id()
        self._begun = clock.now()
        self._first: float | None = None
        self.tokens: LLMTokenUsage | None = None

    def take(self, event: LLMEvent) -> None:
        """Note what came."""
        if isinstance(event, TextDelta | ToolCallDelta) and self._first is None:
            if not isinstance(event, TextDelta) or event.text:
                self._first = self._clock.now()
        elif isinstance(event, Usage):
            self.tokens = event.tokens if self.tokens is None else most_of(self.tokens, event.tokens)
            self.label = event.model or self.label

    @property
    def ttft(self) -> float:
        """Seconds to the first token; -1 while there is none."""
        return NOTHING_CAME if self._first is None else self._first - self._begun

    def metrics(self, *, cancelled: bool) -> LLMMetrics:
        """Return the request's figures as they are now."""
        duration, tokens = self._clock.now() - self._begun, self.tokens or LLMTokenUsage()
        return LLMMetrics(
            label=self.label,
            request_id=self.id,
            timestamp=self._clock.wall().timestamp(),
            duration=duration,
            ttft=self.ttft,
            cancelled=cancelled,
            completion_tokens=tokens.completion_tokens,
            prompt_tokens=tokens.prompt_tokens,
            total_tokens=tokens.total_tokens,
            tokens_per_second=tokens.completion_tokens / duration if duration > 0 else 0.0,
        )


def most_of(before: LLMTokenUsage, now: LLMTokenUsage) -> LLMTokenUsage:
    """Return the larger of each count: providers repeat growing counts, and some tell each of them only once."""
    most: dict[str, Any] = {}
    for item in fields(LLMTokenUsage):
        counts = [n for n in (getattr(before, item.name), getattr(now, item.name)) if n is not None]
        most[item.name] = max(counts, default=None)
    return LLMTokenUsage(**most)

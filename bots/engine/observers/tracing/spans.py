"""Spans in the call's own time: begun, filled and ended at media seconds (TRC-02)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from bots.engine.core.tracing import TracedCall

from .values import told

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer


class SpanWriter:
    """Writes the spans of one call; every one is ended exactly once. Times are media seconds."""

    def __init__(self, tracer: Tracer, call: TracedCall) -> None:
        self._tracer, self._call = tracer, call
        self._zero_ns = int(call.clock.started_at.timestamp() * 1_000_000_000)

    def begin(self, name: str, at: float, attributes: Mapping[str, Any], parent: Span | None = None) -> Span:
        """Begin a span under ``parent``, or a trace of its own."""
        from opentelemetry.context import Context
        from opentelemetry.trace import set_span_in_context

        context = set_span_in_context(parent, Context()) if parent is not None else Context()
        known = told(attributes, content=self._call.content)
        return self._tracer.start_span(name, context, attributes=known, start_time=self._ns(at))

    def add(self, span: Span, attributes: Mapping[str, Any]) -> None:
        """Add what became known."""
        span.set_attributes(told(attributes, content=self._call.content))

    def fail(self, span: Span, code: str) -> None:
        """Mark a span as failed, with the code of the error and nothing of its text."""
        from opentelemetry.trace import Status, StatusCode

        span.set_status(Status(StatusCode.ERROR, code))

    def end(self, span: Span, at: float, attributes: Mapping[str, Any] | None = None) -> None:
        """Add the last attributes and end the span."""
        self.add(span, attributes or {})
        span.end(self._ns(at))

    def _ns(self, at: float) -> int:
        return self._zero_ns + int(at * 1_000_000_000)

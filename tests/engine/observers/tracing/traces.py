"""Scripted calls that are traced into memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from bots.engine.core.params import PipelineParams
from bots.engine.observers.tracing import setup_tracing
from bots.engine.testing.call import CallRecord, LiveCall, ScriptedCall
from bots.engine.testing.tapes import TapeCall, TapeReply


class Traces:
    """The spans of finished calls."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        self.tracing = setup_tracing("tests", self.exporter)

    @property
    def spans(self) -> list[ReadableSpan]:
        """All spans, in the order in which they began."""
        self.tracing.flush()
        return sorted(self.exporter.get_finished_spans(), key=lambda span: span.start_time or 0)

    def of(self, name: str) -> list[ReadableSpan]:
        """The spans of a name."""
        return [span for span in self.spans if span.name == name]

    def the(self, name: str) -> dict[str, Any]:
        """The attributes of the only span of a name."""
        (span,) = self.of(name)
        return dict(span.attributes or {})

    def parent(self, span: ReadableSpan) -> ReadableSpan | None:
        """The span that another hangs under."""
        parent = span.parent
        return next((other for other in self.spans if parent and other.context.span_id == parent.span_id), None)


@contextmanager
def traced() -> Iterator[Traces]:
    """Trace for a while."""
    traces = Traces()
    try:
        yield traces
    finally:
        traces.tracing.shutdown()


def seconds(span: ReadableSpan) -> float:
    """How long a span lasted."""
    return ((span.end_time or 0) - (span.start_time or 0)) / 1e9


async def look_up(params: Any) -> None:
    await params.llm.clock.sleep(0.5)
    await params.result_callback({"price": 7})


async def one_question(call: LiveCall) -> None:
    """Ask, and hear the answer that needed a tool."""
    await call.say("what is tea")
    await call.bot_silent(quiet=3)


def traced_call(
    replies: list[Any] | None = None,
    play: Callable[[LiveCall], Any] = one_question,
    *,
    tools: dict[str, Any] | None = None,
    make: Any = lambda parts: parts,
    **settings: Any,
) -> CallRecord:
    """Run a call with tracing."""
    asked = [TapeReply(calls=[TapeCall("look_up", {"what": "tea"}, id="t1")], first=0.2), TapeReply("It is seven.")]
    return ScriptedCall(
        replies=asked if replies is None else replies,
        tools={"look_up": look_up} if tools is None else tools,
        make=make,
        params=PipelineParams(audio_out_sample_rate=16000, enable_metrics=True, enable_usage_metrics=True),
        settings={"enable_tracing": True, **settings},
    ).run(play)

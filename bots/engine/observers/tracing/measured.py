"""What services measure, brought to the span of the work it belongs to (TRC-05…07)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bots.engine.core.processor import FrameProcessor
from bots.engine.frames import (
    LLMSwitchMetricsData,
    LLMUsageMetricsData,
    MetricsFrame,
    TTFBMetricsData,
    TTSUsageMetricsData,
)

from .attributes import usage_attributes
from .spans import SpanWriter

if TYPE_CHECKING:
    from opentelemetry.trace import Span


class Measured:
    """Knows which span each processor works on; what is measured without one (a recogniser's wait) is kept."""

    def __init__(self, spans: SpanWriter) -> None:
        self._spans = spans
        self._open: dict[FrameProcessor, Span] = {}
        self._waits: dict[FrameProcessor, float] = {}

    def begin(self, processor: FrameProcessor, span: Span) -> None:
        """A processor works on this span now."""
        self._open[processor] = span

    def end(self, processor: FrameProcessor) -> Span | None:
        """A processor is done with its span."""
        return self._open.pop(processor, None)

    def fail(self, processor: FrameProcessor, code: str) -> None:
        """What a processor works on has failed."""
        if (span := self._open.get(processor)) is not None:
            self._spans.fail(span, code)

    def waited(self, processor: FrameProcessor) -> float | None:
        """Return, once, the seconds a processor waited for its first byte."""
        return self._waits.pop(processor, None)

    def take(self, src: FrameProcessor, frame: MetricsFrame) -> None:
        """Read a metrics frame where it leaves the processor that measured."""
        for data in frame.data:
            if data.processor != src.name:
                continue
            span = self._open.get(src)
            if isinstance(data, TTFBMetricsData):
                if span is None:
                    self._waits[src] = data.value
                else:
                    self._spans.add(span, {"metrics.ttfb": data.value})
            elif isinstance(data, LLMUsageMetricsData) and span is not None:
                self._spans.add(span, usage_attributes(data.value))
            elif isinstance(data, LLMSwitchMetricsData) and span is not None:
                self._spans.add(span, {"gen_ai.response.model": data.to_model, "llm.switch_reason": data.reason})
            elif isinstance(data, TTSUsageMetricsData) and span is not None:
                self._spans.add(span, {"metrics.character_count": data.value})

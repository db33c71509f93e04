"""Measuring a service: first byte, processing time, usage (MET-01…05)."""

from __future__ import annotations

from bots.engine.core.processor import FrameProcessor
from bots.engine.frames import (
    LLMTokenUsage,
    LLMUsageMetricsData,
    MetricsData,
    MetricsFrame,
    ProcessingMetricsData,
    StartFrame,
    TTFBMetricsData,
    TTSUsageMetricsData,
)


class MeasuredProcessor(FrameProcessor):
    """A processor with the documented metric hooks; silent unless the pipeline asks for metrics. Values in seconds."""

    def __init__(self, *, name: str | None = None) -> None:
        super().__init__(name=name)
        self.model_name: str | None = None
        self._metrics = self._usage = self._first_only = False
        self._ttfb_reported = False
        self._ttfb_from: float | None = None
        self._processing_from: float | None = None

    async def start(self, frame: StartFrame) -> None:
        self._metrics, self._usage = frame.enable_metrics, frame.enable_usage_metrics
        self._first_only = frame.report_only_initial_ttfb

    def can_generate_metrics(self) -> bool:
        return True

    async def start_ttfb_metrics(self) -> None:
        """Begin to wait for the first byte."""
        self._ttfb_from = None if self._first_only and self._ttfb_reported else self.clock.now()

    async def stop_ttfb_metrics(self) -> None:
        """Report the wait for the first byte, once per request."""
        if self._ttfb_from is not None:
            seconds, self._ttfb_from = self.clock.now() - self._ttfb_from, None
            self._ttfb_reported = True
            await self._report(self._metrics, TTFBMetricsData(self.name, self.model_name, seconds))

    async def start_processing_metrics(self) -> None:
        """Begin to measure a request."""
        self._processing_from = self.clock.now()

    async def stop_processing_metrics(self) -> None:
        """Report how long the request took."""
        if self._processing_from is not None:
            seconds, self._processing_from = self.clock.now() - self._processing_from, None
            await self._report(self._metrics, ProcessingMetricsData(self.name, self.model_name, seconds))

    async def start_llm_usage_metrics(self, tokens: LLMTokenUsage) -> None:
        """Report the tokens of one completion."""
        await self._report(self._usage, LLMUsageMetricsData(self.name, self.model_name, tokens))

    async def start_tts_usage_metrics(self, text: str) -> None:
        """Report the characters of one synthesis."""
        await self._report(self._usage, TTSUsageMetricsData(self.name, self.model_name, len(text)))

    async def _report(self, wanted: bool, data: MetricsData) -> None:
        if wanted:
            await self.push_frame(MetricsFrame((data,)))

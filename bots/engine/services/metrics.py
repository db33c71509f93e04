"""Measuring a service: first byte, processing time, usage (MET-01…05)."""

from __future__ import annotations

import logging
from dataclasses import asdict, is_dataclass

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

log = logging.getLogger(__name__)
LOGGED = {
    TTFBMetricsData: "time to first byte",
    ProcessingMetricsData: "processing time",
    LLMUsageMetricsData: "tokens used",
    TTSUsageMetricsData: "characters spoken",
}


class MeasuredProcessor(FrameProcessor):
    """A processor with the documented metric hooks (MET-05); silent unless the pipeline asks for metrics.

    Each figure is tagged with the processor's name, ``Service#N``, counts one request only (never a running total), and
    goes out as a ``MetricsFrame`` and a debug line. Times are seconds: to the first byte and of the whole request with
    ``enable_metrics`` (MET-01), only the first of the call with ``report_only_initial_ttfb`` too (MET-03); tokens and
    characters with ``enable_usage_metrics`` (MET-02).
    """

    def __init__(self, *, name: str | None = None) -> None:
        super().__init__(name=name)
        self.model_name: str | None = None
        self._metrics = self._usage = self._first_only = False
        self._ttfb_reported = False
        self._ttfb_from: float | None = None
        self._ttfb_till: float | None = None
        self._processing_from: float | None = None

    async def start(self, frame: StartFrame) -> None:
        self._metrics, self._usage = frame.enable_metrics, frame.enable_usage_metrics
        self._first_only = frame.report_only_initial_ttfb

    def can_generate_metrics(self) -> bool:
        return True

    async def start_ttfb_metrics(self) -> None:
        """Begin to wait for the first byte."""
        self._ttfb_from = None if self._first_only and self._ttfb_reported else self.clock.now()
        self._ttfb_till = None

    def first_byte(self) -> None:
        """Note that the first byte is there; what it brings may go on before :meth:`stop_ttfb_metrics` tells of it."""
        if self._ttfb_till is None:
            self._ttfb_till = self.clock.now()

    async def stop_ttfb_metrics(self) -> None:
        """Report the wait for the first byte, once per request."""
        if self._ttfb_from is not None:
            await self._report(self._metrics, *self._waited())

    async def start_processing_metrics(self) -> None:
        """Begin to measure a request."""
        self._processing_from = self.clock.now()

    async def stop_processing_metrics(self) -> None:
        """Report how long the request took."""
        if self._processing_from is not None:
            await self._report(self._metrics, *self._worked())

    async def stop_request_metrics(self, tokens: LLMTokenUsage | None = None, text: str = "") -> None:
        """Report in one frame what a request took that is over: time, the wait if its end was noted, and its usage."""
        data = self._worked() + (self._waited() if self._ttfb_till is not None else [])
        usage: list[MetricsData] = []
        if tokens is not None:
            usage.append(LLMUsageMetricsData(self.name, self.model_name, tokens))
        if text:
            usage.append(TTSUsageMetricsData(self.name, self.model_name, len(text)))
        await self._report(True, *(data if self._metrics else ()), *(usage if self._usage else ()))

    async def start_llm_usage_metrics(self, tokens: LLMTokenUsage) -> None:
        """Report the tokens of one completion."""
        await self._report(self._usage, LLMUsageMetricsData(self.name, self.model_name, tokens))

    async def start_tts_usage_metrics(self, text: str) -> None:
        """Report the characters of one synthesis."""
        await self._report(self._usage, TTSUsageMetricsData(self.name, self.model_name, len(text)))

    def _waited(self) -> list[MetricsData]:
        begun, self._ttfb_from = self._ttfb_from, None
        if begun is None:
            return []
        till = self._ttfb_till if self._ttfb_till is not None else self.clock.now()
        self._ttfb_reported = True
        return [TTFBMetricsData(self.name, self.model_name, till - begun)]

    def _worked(self) -> list[MetricsData]:
        begun, self._processing_from = self._processing_from, None
        if begun is None:
            return []
        return [ProcessingMetricsData(self.name, self.model_name, self.clock.now() - begun)]

    async def _report(self, wanted: bool, *data: MetricsData) -> None:
        if not wanted or not data:
            return
        if log.isEnabledFor(logging.DEBUG):
            for one in data:
                value = getattr(one, "value", None)
                told = asdict(value) if is_dataclass(value) and not isinstance(value, type) else {"value": value}
                log.debug(LOGGED.get(type(one), "measured"), extra={"processor": one.processor, **told})
        await self.push_frame(MetricsFrame(data))

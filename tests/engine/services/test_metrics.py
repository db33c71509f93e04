"""What services measure of themselves, when somebody asks (MET-01…06)."""

import logging
import re
from collections.abc import Sequence
from typing import Any

import pytest

from bots.engine.core.observer import BaseObserver
from bots.engine.core.params import PipelineParams
from bots.engine.core.processor import FrameProcessor
from bots.engine.errors import ProviderError
from bots.engine.frames import (
    Frame,
    FrameDirection,
    LLMTokenUsage,
    LLMUsageMetricsData,
    MetricsData,
    MetricsFrame,
    ProcessingMetricsData,
    StartFrame,
    TTFBMetricsData,
    TTSUsageMetricsData,
)
from bots.engine.services.metrics import MeasuredProcessor
from bots.engine.testing.call import CallParts, LiveCall, ScriptedCall
from bots.engine.testing.tapes import TapeReply, TapeTTS, TapeVoice
from tests.engine.core.probes import Run, in_a_run


class Figures(BaseObserver):
    """Keeps every figure once, without the zeros of the beginning."""

    frame_types = (MetricsFrame,)

    def __init__(self) -> None:
        self.data: list[Any] = []

    async def on_push_frame(
        self,
        src: FrameProcessor,
        dst: FrameProcessor | None,
        frame: Frame,
        direction: FrameDirection,
        timestamp: int,
    ) -> None:
        if isinstance(frame, MetricsFrame):
            self.data += [data for data in frame.data if data.processor == src.name]

    def of(self, kind: type[MetricsData], service: str = "") -> list[Any]:
        """The values of a kind, of the services whose name begins so."""
        return [data.value for data in self.data if isinstance(data, kind) and data.processor.startswith(service)]


async def two_turns(call: LiveCall) -> None:
    for text in ("hello", "and you"):
        await call.say(text)
        await call.bot_silent(quiet=2)


def measured(*, replies: Sequence[Any] = (TapeReply("Hi.", first=0.3), "I am well."), **wanted: bool) -> Figures:
    figures = Figures()
    params = PipelineParams(audio_out_sample_rate=16000, observers=(figures,), **wanted)
    ScriptedCall(replies=list(replies), params=params).run(two_turns)
    return figures


def test_every_service_tells_seconds_to_the_first_byte_and_of_its_work() -> None:  # MET-01
    figures = measured(enable_metrics=True)
    assert figures.of(TTFBMetricsData, "TapeSTT") == [pytest.approx(0.1), pytest.approx(0.1)]
    assert figures.of(TTFBMetricsData, "TapeLLM") == [pytest.approx(0.3), pytest.approx(0.1)]
    assert figures.of(TTFBMetricsData, "TapeTTS") == [pytest.approx(0.05), pytest.approx(0.05)]
    for service in ("TapeSTT", "TapeLLM", "TapeTTS"):
        assert len(figures.of(ProcessingMetricsData, service)) == 2
        assert all(
            whole >= first
            for first, whole in zip(
                figures.of(TTFBMetricsData, service), figures.of(ProcessingMetricsData, service), strict=True
            )
        )
    assert all(re.fullmatch(r"Tape\w+#\d+", data.processor) for data in figures.data)
    assert {data.model for data in figures.data if data.processor.startswith("TapeLLM")} == {"tape"}
    assert figures.of(LLMUsageMetricsData) == []


def test_usage_counts_each_interaction_and_never_a_total() -> None:  # MET-02
    figures = measured(enable_usage_metrics=True)
    assert [usage.completion_tokens for usage in figures.of(LLMUsageMetricsData)] == [1, 3]
    assert figures.of(TTSUsageMetricsData) == [len("Hi."), len("I am well.")]
    assert figures.of(TTFBMetricsData) == figures.of(ProcessingMetricsData) == []


def test_only_the_first_first_byte_of_each_service_where_that_is_wanted() -> None:  # MET-03
    figures = measured(enable_metrics=True, report_only_initial_ttfb=True)
    for service in ("TapeSTT", "TapeLLM", "TapeTTS"):
        assert len(figures.of(TTFBMetricsData, service)) == 1
        assert len(figures.of(ProcessingMetricsData, service)) == 2
    assert measured(report_only_initial_ttfb=True).data == []


def test_a_service_that_failed_still_tells_how_long_it_worked() -> None:  # MET-01
    figures = measured(replies=[TapeReply("", first=0.2), "Fine."], enable_metrics=True)
    assert figures.of(ProcessingMetricsData, "TapeLLM")[0] == pytest.approx(0.2)


def test_a_voice_that_failed_still_tells_how_long_it_worked() -> None:  # MET-01
    figures = Figures()

    def make(parts: CallParts) -> CallParts:
        parts.tts = TapeTTS(TapeVoice(delay=0.4, fail_after=0, error=ProviderError("The voice is gone.")))
        return parts

    params = PipelineParams(audio_out_sample_rate=16000, observers=(figures,), enable_metrics=True)
    ScriptedCall(replies=["Hello."], make=make, params=params).run(two_turns)
    assert figures.of(ProcessingMetricsData, "TapeTTS") == [pytest.approx(0.4)]
    assert figures.of(TTFBMetricsData, "TapeTTS") == []


def test_figures_stand_in_the_log_without_words(caplog: pytest.LogCaptureFixture) -> None:  # MET-01
    with caplog.at_level(logging.DEBUG, logger="bots.engine.services.metrics"):
        measured(enable_metrics=True, enable_usage_metrics=True)
    said = [record for record in caplog.records if record.name == "bots.engine.services.metrics"]
    assert {record.getMessage() for record in said} == {
        "time to first byte", "processing time", "tokens used", "characters spoken",
    }  # fmt: skip
    assert any(record.__dict__.get("completion_tokens") == 3 for record in said)


class OwnService(MeasuredProcessor):
    """Calls the hooks as the documents list them."""

    async def work(self) -> None:
        await self.start_ttfb_metrics()
        await self.start_processing_metrics()
        await self.clock.sleep(0.2)
        await self.stop_ttfb_metrics()
        await self.stop_ttfb_metrics()
        await self.clock.sleep(0.3)
        await self.stop_processing_metrics()
        await self.start_llm_usage_metrics(LLMTokenUsage(3, 4, 7))
        await self.start_tts_usage_metrics("four")


def test_the_hooks_measure_what_lies_between_them_once() -> None:  # MET-04, MET-05
    figures, service = Figures(), OwnService()

    async def play(run: Run) -> None:
        await service.work()
        assert service.can_generate_metrics()

    params = PipelineParams(
        enable_metrics=True, enable_usage_metrics=True, send_initial_empty_metrics=False, observers=(figures,)
    )
    in_a_run(lambda: Run(service, params=params), play)
    assert figures.of(TTFBMetricsData) == [pytest.approx(0.2)]
    assert figures.of(ProcessingMetricsData) == [pytest.approx(0.5)]
    assert figures.of(LLMUsageMetricsData) == [LLMTokenUsage(3, 4, 7)]
    assert figures.of(TTSUsageMetricsData) == [4]


@pytest.mark.parametrize(("wanted", "zeros"), [(True, 2), (False, 0)])
def test_a_frame_of_zeros_opens_the_call_unless_it_is_not_wanted(wanted: bool, zeros: int) -> None:  # MET-06
    class Zeros(Figures):
        async def on_push_frame(self, src: Any, dst: Any, frame: Any, direction: Any, timestamp: int) -> None:
            if src.name == "PipelineSource":
                self.data += frame.data

    seen, service = Zeros(), OwnService()
    params = PipelineParams(enable_metrics=True, send_initial_empty_metrics=wanted, observers=(seen,))
    in_a_run(lambda: Run(service, params=params), idle)
    assert [data.value for data in seen.data] == [0.0] * zeros
    assert {data.processor for data in seen.data} == ({service.name} if wanted else set())


async def idle(run: Run) -> None:
    await run.clock.sleep(0.1)


def test_the_start_frame_carries_what_is_wanted() -> None:  # MET-01, MET-02, MET-03
    frame = PipelineParams(enable_metrics=True, enable_usage_metrics=True, report_only_initial_ttfb=True).start_frame()
    assert isinstance(frame, StartFrame)
    assert (frame.enable_metrics, frame.enable_usage_metrics, frame.report_only_initial_ttfb) == (True, True, True)

"""Tracing is set up once, wherever the spans are to go, and says what is missing (TRC-01, TRC-09, TRC-11)."""

import logging
import sys
from typing import Any

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from bots.engine.context.context import LLMContext
from bots.engine.core.params import PipelineParams
from bots.engine.core.processor import FrameProcessor, handles
from bots.engine.core.tracing import TRACING
from bots.engine.errors import EngineError
from bots.engine.frames import LLMContextFrame, LLMFullResponseEndFrame, LLMFullResponseStartFrame, LLMTextFrame
from bots.engine.observers.tracing import TracingNotInstalled, setup_tracing, traced_llm
from tests.engine.core.probes import Run, in_a_run
from tests.engine.observers.tracing.traces import traced


def test_the_service_has_the_documented_name_unless_it_is_given() -> None:  # TRC-01
    for given, name in (({}, "pipecat"), ({"service_name": "desk"}, "desk")):
        exporter = InMemorySpanExporter()
        tracing = setup_tracing(exporter=exporter, **given)
        assert TRACING.installed
        in_a_run(lambda: Run(FrameProcessor(), enable_tracing=True), nothing)
        assert tracing.flush()
        assert {span.resource.attributes["service.name"] for span in exporter.get_finished_spans()} == {name}
        tracing.shutdown()
    assert not TRACING.installed


async def nothing(run: Run) -> None:
    await run.clock.sleep(1)


def test_the_console_can_have_the_spans_too(capsys: pytest.CaptureFixture[str]) -> None:  # TRC-09
    tracing = setup_tracing(console_export=True)
    in_a_run(lambda: Run(FrameProcessor(), enable_tracing=True), nothing)
    tracing.shutdown()
    assert '"name": "conversation"' in capsys.readouterr().out


def test_a_name_is_needed() -> None:  # TRC-01
    with pytest.raises(EngineError, match="service_name"):
        setup_tracing("  ")


def test_a_missing_library_is_named_with_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:  # TRC-01, TRC-09
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(TracingNotInstalled) as caught:
        setup_tracing()
    assert caught.value.code == "tracing.not_installed"
    assert "voiceapp[tracing]" in caught.value.next_step


def test_a_task_that_asks_before_the_setup_runs_and_says_so(caplog: pytest.LogCaptureFixture) -> None:  # TRC-09
    with caplog.at_level(logging.WARNING):
        run = in_a_run(lambda: Run(FrameProcessor(), enable_tracing=True), nothing)
    assert run.outcome is not None
    assert [record.getMessage() for record in caplog.records] == [
        "tracing is enabled for a task, but setup_tracing was not called"
    ]


class OwnModel(FrameProcessor):
    """A model written as the documents show one, outside our services."""

    model_name = "own-1"

    @handles(LLMContextFrame, consume=True)
    async def on_context(self, frame: LLMContextFrame) -> None:
        await self.push_frame(LLMFullResponseStartFrame())
        await self._process_context(frame.context)
        await self.push_frame(LLMFullResponseEndFrame())

    @traced_llm
    async def _process_context(self, context: LLMContext) -> str:
        await self.clock.sleep(0.5)
        for word in ("All ", "well."):
            await self.push_frame(LLMTextFrame(word))
        if context.messages[-1]["content"] == "fail":
            raise ValueError
        return "done"


def ask(content: str) -> Any:
    async def play(run: Run) -> None:
        await run.task.queue_frame(LLMContextFrame(LLMContext([{"role": "user", "content": content}])))
        await run.clock.sleep(2)

    return play


def test_the_decorator_wraps_a_models_own_work_in_a_span() -> None:  # TRC-11
    with traced() as traces:
        in_a_run(lambda: Run(OwnModel(), enable_tracing=True), ask("hello"))
        (span,) = traces.of("llm")
        assert span.attributes["output"] == "All well."
        assert span.attributes["gen_ai.request.model"] == "own-1"
        assert span.attributes["gen_ai.system"] == "ownmodel"
        assert (span.end_time - span.start_time) / 1e9 == pytest.approx(0.5, abs=0.01)
        assert span.status.is_ok or span.status.description is None


def test_the_decorator_lets_errors_through_and_marks_the_span() -> None:  # TRC-11
    with traced() as traces:
        run = in_a_run(lambda: Run(OwnModel(), enable_tracing=True), ask("fail"))
        (span,) = traces.of("llm")
        assert span.status.description == "ValueError"
        assert run.codes() != []


def test_without_tracing_the_decorated_method_runs_as_it_is() -> None:  # TRC-11
    async def play(run: Run) -> None:
        (model,) = [part for part in run.task._everyone if isinstance(part, OwnModel)]
        assert await model._process_context(LLMContext([{"role": "user", "content": "x"}])) == "done"

    in_a_run(lambda: Run(OwnModel(), params=PipelineParams()), play)
    assert OwnModel._process_context.__name__ == "_process_context"

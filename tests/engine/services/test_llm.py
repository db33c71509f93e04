"""The model's processor: order, deadlines, failures, usage (LLM-01…21)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import pytest

from bots.engine.context.context import LLMContext
from bots.engine.core.params import PipelineParams
from bots.engine.errors import ProviderError
from bots.engine.frames import (
    ErrorFrame,
    FunctionCallsStartedFrame,
    LLMConfigureOutputFrame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    LLMUpdateSettingsFrame,
    LLMUsageMetricsData,
    MetricsFrame,
    ProcessingMetricsData,
    TextFrame,
    TTFBMetricsData,
)
from bots.engine.services.llm import LLMDeadlines
from bots.engine.services.llm_events import Finished, LLMEvent, TextDelta, ToolCallDelta
from bots.engine.testing.tapes import TapeCall, TapeLLM, TapeReply
from bots.engine.tools.registry import FunctionCallParams
from tests.engine.core.probes import UP, Probe, Run, in_a_run

METRICS = PipelineParams(enable_metrics=True, enable_usage_metrics=True, send_initial_empty_metrics=False)


class Events(TapeLLM):
    """Yields what it is given; a number is a wait in seconds, an exception is raised."""

    def __init__(self, *events: Any, **options: Any) -> None:
        super().__init__(**options)
        self.events = events
        self.closed = 0

    async def stream(self, context: LLMContext) -> AsyncIterator[LLMEvent]:
        try:
            for event in self.events:
                if isinstance(event, Exception):
                    raise event
                if isinstance(event, float):
                    await self.clock.sleep(event)
                else:
                    yield event
        finally:
            self.closed += 1


def asked(llm: TapeLLM, *more: Any, seconds: float = 30.0, **options: Any) -> tuple[Probe, Probe, Run]:
    """Run the model on a context and return what came before and behind it."""
    before, behind = Probe("before"), Probe("behind")

    async def play(run: Run) -> None:
        context = LLMContext([{"role": "user", "content": "hi"}])
        await run.task.queue_frames([*more, LLMContextFrame(context)])
        await run.clock.sleep(seconds)

    return before, behind, in_a_run(lambda: Run(before, llm, behind, **options), play)


def reply_of(probe: Probe) -> list[str]:
    kinds = (LLMFullResponseStartFrame, LLMFullResponseEndFrame, LLMTextFrame, FunctionCallsStartedFrame)
    return [getattr(frame, "text", type(frame).__name__) for frame in probe.of(*kinds)]


START, END = "LLMFullResponseStartFrame", "LLMFullResponseEndFrame"


def test_a_reply_is_start_chunks_one_by_one_and_end() -> None:  # LLM-01, LLM-02, LLM-04
    _, behind, _ = asked(TapeLLM(["Good day to you."]), TextFrame("other"))
    assert reply_of(behind) == [START, "Good ", "day ", "to ", "you.", END]
    assert len(behind.of(TextFrame)) == 5
    assert behind.of(LLMContextFrame) == []


def test_function_calls_are_started_before_the_end_of_the_reply() -> None:  # LLM-02, LLM-17
    _, behind, run = asked(TapeLLM([TapeReply("Wait.", [TapeCall("a"), TapeCall("b")])]))
    assert reply_of(behind) == [START, "Wait.", "FunctionCallsStartedFrame", END]
    (started,) = behind.of(FunctionCallsStartedFrame)
    assert [call.function_name for call in started.function_calls] == ["a", "b"]
    assert [event.kind for event in run.events].count("tool.started") == 2


def test_pieces_of_calls_are_joined_by_index_and_unreadable_ones_left_out() -> None:  # LLM-17
    llm = Events(
        ToolCallDelta(0, "x", "go", '{"to":'),
        ToolCallDelta(1, "", "stop", ""),
        ToolCallDelta(0, "", "", ' "Rome"}'),
        ToolCallDelta(2, "z", "bad", '{"to"'),
        Finished("tool_calls"),
    )
    _, behind, run = asked(llm)
    (started,) = behind.of(FunctionCallsStartedFrame)
    assert [(call.function_name, dict(call.arguments)) for call in started.function_calls] == [
        ("go", {"to": "Rome"}),
        ("stop", {}),
    ]
    assert all(call.tool_call_id for call in started.function_calls)
    assert run.codes().count("llm.bad_tool_call") == 1


def test_a_provider_that_repeats_call_ids_still_gets_distinct_calls() -> None:
    llm = TapeLLM([TapeReply(calls=[TapeCall("a", {}, "call_0")])] * 2)
    behind = Probe()

    async def play(run: Run) -> None:
        context = LLMContext()
        for _ in range(2):
            await run.task.queue_frame(LLMContextFrame(context))
            await run.clock.sleep(1)
            (call,) = behind.of(FunctionCallsStartedFrame)[-1].function_calls
            context.add_message({"role": "assistant", "content": None, "tool_calls": [{"id": call.tool_call_id}]})

    in_a_run(lambda: Run(llm, behind), play)
    ids = [frame.function_calls[0].tool_call_id for frame in behind.of(FunctionCallsStartedFrame)]
    assert ids[0] == "call_0"
    assert len(set(ids)) == 2


@pytest.mark.parametrize("events", [(20.0,), (TextDelta("Well"), 20.0)], ids=["at first", "in the middle"])
def test_a_model_that_stops_answering_is_timed_out_told_and_closed(events: tuple[Any, ...]) -> None:  # LLM-11, LLM-12
    told: list[object] = []
    llm = Events(*events, deadlines=LLMDeadlines(first=3.0, between=2.0))

    async def timed_out(service: object) -> None:
        told.append(service)

    llm.add_event_handler("on_completion_timeout", timed_out)
    before, behind, run = asked(llm)
    assert told == [llm]
    assert [error.code for error in before.of(ErrorFrame, direction=UP)] == ["llm.timeout"]
    assert reply_of(behind)[-1] == END
    assert llm.closed == 1
    assert run.task.has_finished()


@pytest.mark.parametrize("error", [ProviderError("It is down."), ValueError("a secret")])
def test_a_failure_is_an_error_frame_a_whole_reply_and_an_apology(error: Exception) -> None:  # LLM-02, LLM-12, T13
    before, behind, _ = asked(Events(error, apology="I am sorry."))
    (told,) = before.of(ErrorFrame, direction=UP)
    assert "secret" not in told.error
    assert reply_of(behind) == [START, "I am sorry.", END]


def test_an_empty_answer_is_an_apology_and_a_spoken_one_is_not() -> None:  # T13
    assert reply_of(asked(Events(TextDelta("  "), apology="I am sorry."))[1])[1:] == ["  ", "I am sorry.", END]
    assert "I am sorry." not in reply_of(asked(TapeLLM(["Fine."], apology="I am sorry."))[1])
    assert "I am sorry." not in reply_of(asked(TapeLLM([TapeReply(calls=[TapeCall("a")])], apology="I am sorry."))[1])


def test_an_interruption_ends_the_reply_with_its_end_frame_and_closes_the_stream() -> None:  # LLM-02, LLM-13
    llm, behind = Events(TextDelta("One "), 1.0, TextDelta("two "), 50.0), Probe()

    async def play(run: Run) -> None:
        await run.task.queue_frame(LLMContextFrame(LLMContext()))
        await run.clock.sleep(0.5)
        await run.task.interrupt()
        await run.clock.sleep(0.1)
        assert llm.closed == 1
        await run.clock.sleep(5)

    run = in_a_run(lambda: Run(llm, behind), play)
    assert reply_of(behind) == [START, "One ", END]
    (stopped,) = [event for event in run.events if event.kind == "bot.llm_stopped"]
    assert (stopped.data["finish"], stopped.data["text"]) == ("cancelled", "One ")


def test_a_stream_that_swallows_its_cancellation_says_and_calls_nothing_more() -> None:
    class Stubborn(TapeLLM):
        async def stream(self, context: LLMContext) -> AsyncIterator[LLMEvent]:
            with suppress(asyncio.CancelledError):
                await self.clock.sleep(5)
            yield TextDelta("late")
            yield ToolCallDelta(0, "x", "act", "{}")
            yield Finished("tool_calls")

    behind = Probe()

    async def play(run: Run) -> None:
        await run.task.queue_frame(LLMContextFrame(LLMContext()))
        await run.clock.sleep(0.5)
        await run.task.interrupt()
        await run.clock.sleep(10)

    run = in_a_run(lambda: Run(Stubborn(), behind), play)
    assert reply_of(behind) == [START, END]
    assert [event.kind for event in run.events if event.kind.startswith("tool")] == []


def test_time_to_the_first_token_processing_and_tokens_are_measured() -> None:  # LLM-03, LLM-14, MET-01, MET-02
    _, behind, _ = asked(TapeLLM([TapeReply("One two.", first=0.4, between=0.1)]), params=METRICS)
    data = [entry for frame in behind.of(MetricsFrame) for entry in frame.data]
    assert [type(entry) for entry in data] == [TTFBMetricsData, ProcessingMetricsData, LLMUsageMetricsData]
    assert data[0].value == pytest.approx(0.4)
    assert data[1].value == pytest.approx(0.6)
    assert data[2].value.completion_tokens == 2
    assert {entry.processor for entry in data} == {"TapeLLM#0"}
    assert data[2].model == "tape"


def test_only_the_first_first_token_is_reported_where_wanted() -> None:  # TASK-12, MET-03
    params = PipelineParams(enable_metrics=True, report_only_initial_ttfb=True, send_initial_empty_metrics=False)
    _, behind, _ = asked(TapeLLM(["a.", "b."]), LLMContextFrame(LLMContext()), params=params)
    kinds = [type(entry) for frame in behind.of(MetricsFrame) for entry in frame.data]
    assert kinds.count(TTFBMetricsData) == 1
    assert kinds.count(ProcessingMetricsData) == 2


def test_without_metrics_nothing_is_reported() -> None:  # TASK-10, TASK-11
    assert asked(TapeLLM(["a."]))[1].of(MetricsFrame) == []
    assert TapeLLM().can_generate_metrics()  # LLM-21


def test_text_is_marked_unspoken_while_speaking_is_off() -> None:  # SPCH-08
    llm = TapeLLM(["shown.", "spoken."])
    first = [LLMConfigureOutputFrame(True), LLMContextFrame(LLMContext()), LLMConfigureOutputFrame(False)]
    _, behind, _ = asked(llm, *first)
    assert [(frame.text, frame.skip_tts) for frame in behind.of(LLMTextFrame)] == [("shown.", True), ("spoken.", False)]


def test_settings_change_between_two_runs() -> None:  # LLM-20
    changed: list[Any] = []

    class Settable(TapeLLM):
        def update_settings(self, settings: Any) -> None:
            changed.append(dict(settings))

    _, behind, _ = asked(Settable(["a."]), LLMUpdateSettingsFrame({"temperature": 0.1}))
    assert changed == [{"temperature": 0.1}]
    assert behind.of(LLMUpdateSettingsFrame) == []


def test_functions_are_registered_found_and_forgotten() -> None:  # FUNC-06, FUNC-07
    async def handler(params: FunctionCallParams) -> None:
        pass

    async def main() -> None:
        llm = TapeLLM()
        assert not llm.has_function("a")
        llm.register_function("a", handler)
        assert llm.has_function("a") and not llm.has_function("b")
        llm.register_function(None, handler)
        assert llm.has_function("b")
        llm.unregister_function("a")
        llm.unregister_function("never registered")
        llm.unregister_function(None)
        assert not llm.has_function("a")
        with pytest.warns(DeprecationWarning, match="start_callback"):
            llm.register_function("a", handler, handler)

    asyncio.run(main())


def test_a_handler_gets_what_the_documents_name_and_the_batch_is_announced() -> None:  # FUNC-08, FUNC-09
    got: list[FunctionCallParams] = []
    announced: list[list[str]] = []
    llm = TapeLLM([TapeReply(calls=[TapeCall("any", {"x": 1}, "id-1")])])

    async def handler(params: FunctionCallParams) -> None:
        got.append(params)
        await params.result_callback({"ok": True})

    async def started(service: object, calls: list[Any]) -> None:
        announced.append([call.function_name for call in calls])

    llm.register_function(None, handler)
    llm.add_event_handler("on_function_calls_started", started)
    asked(llm)
    (params,) = got
    assert (params.function_name, params.tool_call_id, dict(params.arguments)) == ("any", "id-1", {"x": 1})
    assert params.llm is llm
    assert isinstance(params.context, LLMContext)
    assert announced == [["any"]]


def test_a_batch_of_none_is_not_announced() -> None:  # FUNC-09
    llm = TapeLLM()

    async def play(run: Run) -> None:
        await llm.run_function_calls([])

    assert [event.kind for event in in_a_run(lambda: Run(llm), play).events if event.kind.startswith("tool")] == []

"""A model that never stops, loops, or answers nothing; tokens counted once; answers outside the conversation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from bots.engine.context.adapter import OpenAILLMAdapter
from bots.engine.context.context import LLMContext
from bots.engine.context.function_schema import FunctionSchema
from bots.engine.core.params import PipelineParams
from bots.engine.frames import (
    FunctionCallsStartedFrame,
    LLMContextFrame,
    LLMMessagesFrame,
    LLMTextFrame,
    LLMTokenUsage,
    LLMUpdateSettingsFrame,
    LLMUsageMetricsData,
    MetricsFrame,
    VisionImageRawFrame,
)
from bots.engine.services.llm import LLMDeadlines, LLMLimits
from bots.engine.services.llm_events import Finished, LLMEvent, TextDelta, ToolCallDelta, Usage
from bots.engine.services.llm_failures import BadLLMSetting, CompletionTimeout
from bots.engine.testing.loop import run_virtual
from bots.engine.testing.tapes import TapeLLM, TapeReply
from bots.engine.tools.registry import FunctionCallParams
from bots.engine.turns.pair import LLMContextAggregatorPair
from tests.engine.core.probes import Probe, Run, in_a_run

METRICS = PipelineParams(enable_metrics=True, enable_usage_metrics=True, send_initial_empty_metrics=False)
SORRY = "Sorry."


class Model(TapeLLM):
    """Streams what a function yields for a context."""

    def __init__(self, events: Callable[[LLMContext], AsyncIterator[LLMEvent]], **options: Any) -> None:
        limits = options.pop("limits", None)
        super().__init__(apology=SORRY, **options)
        if limits is not None:
            self._limits = limits
        self.events = events

    def stream(self, context: LLMContext) -> AsyncIterator[LLMEvent]:
        return self.events(context)


def heard_from(llm: TapeLLM, *frames: Any, seconds: float = 300.0, **options: Any) -> tuple[list[str], Run, Probe]:
    """What the caller hears, what the journal says, and what came behind the model."""
    behind = Probe()

    async def play(run: Run) -> None:
        asked = frames or (LLMContextFrame(LLMContext([{"role": "user", "content": "hi"}])),)
        await run.task.queue_frames(asked)
        await run.clock.sleep(seconds)

    run = in_a_run(lambda: Run(llm, behind, **options), play)
    return [frame.text for frame in behind.of(LLMTextFrame)], run, behind


def finishes(run: Run) -> list[str]:
    return [event.data["finish"] for event in run.events if event.kind == "bot.llm_stopped"]


# -- a model that never stops (P8) ------------------------------------------------------------------------------------


def test_endless_text_is_cut_off_and_what_was_said_is_kept() -> None:  # P8
    async def endless(context: LLMContext) -> AsyncIterator[LLMEvent]:
        while True:
            yield TextDelta("and on ")

    said, run, _ = heard_from(Model(endless, limits=LLMLimits(reply_chars=100)))
    assert len("".join(said)) == 100
    assert run.codes() == ["llm.too_long"]
    assert finishes(run) == ["too_long"]


def test_a_drip_that_keeps_every_deadline_still_ends() -> None:  # P5, P8
    async def drip(context: LLMContext) -> AsyncIterator[LLMEvent]:
        while True:
            await asyncio.sleep(1)
            yield TextDelta("drip ")

    said, run, _ = heard_from(Model(drip, limits=LLMLimits(reply_secs=10)))
    assert "".join(said) == "drip " * 9
    assert (run.codes(), finishes(run)) == (["llm.timeout"], ["timeout"])


def test_endless_arguments_and_endless_calls_end_in_an_apology() -> None:  # P8, P9
    async def long(context: LLMContext) -> AsyncIterator[LLMEvent]:
        yield ToolCallDelta(0, "a", "go", "{")
        while True:
            yield ToolCallDelta(0, arguments="x" * 100)

    async def many(context: LLMContext) -> AsyncIterator[LLMEvent]:
        for index in range(10_000):
            yield ToolCallDelta(index, f"id{index}", "go", "{}")

    for events in (long, many):
        said, run, behind = heard_from(Model(events, limits=LLMLimits(call_chars=1000, calls=5)))
        assert (said, run.codes()) == ([SORRY], ["llm.too_long"])
        assert behind.of(FunctionCallsStartedFrame) == [], "half a reply calls nothing"


def test_an_empty_answer_is_told_and_apologised_for() -> None:  # P8
    async def nothing(context: LLMContext) -> AsyncIterator[LLMEvent]:
        yield TextDelta("  ")
        yield Finished()

    said, run, _ = heard_from(Model(nothing))
    assert said == ["  ", SORRY]
    assert (run.codes(), finishes(run)) == (["llm.empty"], ["empty"])


def test_a_stream_that_breaks_inside_a_call_does_not_run_it() -> None:  # P7, LLM-17
    async def half(context: LLMContext) -> AsyncIterator[LLMEvent]:
        yield ToolCallDelta(0, "a", "delete_everything", "")
        raise CompletionTimeout("gone")

    async def closed(context: LLMContext) -> AsyncIterator[LLMEvent]:
        yield ToolCallDelta(0, "a", "delete_everything", "")

    for events in (half, closed):
        said, _, behind = heard_from(Model(events))
        assert said == [SORRY]
        assert behind.of(FunctionCallsStartedFrame) == []


def test_a_complete_call_counts_even_where_the_server_gives_no_reason() -> None:  # LLM-17
    async def lax(context: LLMContext) -> AsyncIterator[LLMEvent]:
        yield ToolCallDelta(0, "a", "go", '{"to": "Rome"}')

    assert len(heard_from(Model(lax))[2].of(FunctionCallsStartedFrame)) == 1


@pytest.mark.parametrize("name", ["reply_chars", "reply_secs", "call_chars", "calls", "tool_steps"])
def test_a_limit_must_be_above_nothing(name: str) -> None:
    with pytest.raises(BadLLMSetting, match=name) as caught:
        LLMLimits(**{name: 0})
    assert isinstance(caught.value, ValueError)
    assert caught.value.code == "llm.setting"


@pytest.mark.parametrize("name", ["first", "between"])
def test_a_deadline_must_be_above_nothing(name: str) -> None:
    with pytest.raises(BadLLMSetting, match=name):
        LLMDeadlines(**{name: 0.0})


# -- a model that calls tools for ever (P9) ---------------------------------------------------------------------------

GO = FunctionSchema("go", "Go.", {})


def loop_with(answer_when_told: bool, turns: int = 1) -> tuple[list[str], Run, list[Any]]:
    """A conversation with a model that calls a tool whenever it may; the choices it was given."""
    choices: list[Any] = []

    async def calls(context: LLMContext) -> AsyncIterator[LLMEvent]:
        choices.append(context.tool_choice)
        if context.tool_choice == "none" and answer_when_told:
            yield TextDelta("Here I am.")
            yield Finished()
        else:
            yield ToolCallDelta(0, "", "go", "{}")
            yield Finished("tool_calls")

    llm = Model(calls)

    async def go(params: FunctionCallParams) -> None:
        await params.result_callback("gone")

    llm.register_function("go", go)
    said = Probe()
    context = LLMContext(tools=[GO])
    pair = LLMContextAggregatorPair(context)

    async def play(run: Run) -> None:
        for number in range(turns):
            context.add_message({"role": "user", "content": f"Go {number}!"})
            await run.task.queue_frame(LLMContextFrame(context))
            await run.clock.sleep(30)

    run = in_a_run(lambda: Run(pair.user(), llm, said, pair.assistant()), play)
    return [frame.text for frame in said.of(LLMTextFrame)], run, choices


def test_after_five_tool_steps_the_model_must_answer_in_words() -> None:  # P9
    said, run, choices = loop_with(answer_when_told=True)
    assert choices == [None] * 5 + ["none"]
    assert said == ["Here I am."]
    assert run.codes() == []


def test_a_model_that_will_not_answer_is_stopped_with_an_apology() -> None:  # P9
    said, run, choices = loop_with(answer_when_told=False)
    assert len(choices) == 6
    assert (said, run.codes()) == ([SORRY], ["llm.tool_loop"])


def test_every_turn_of_the_caller_has_its_own_tool_steps() -> None:  # P9
    said, _, choices = loop_with(answer_when_told=True, turns=2)
    assert choices == ([None] * 5 + ["none"]) * 2
    assert said == ["Here I am."] * 2


# -- tokens (LLM-14, services 13.2) -----------------------------------------------------------------------------------


def counted(mode: Any, *counts: LLMTokenUsage, cut: bool = False) -> list[LLMTokenUsage]:
    async def events(context: LLMContext) -> AsyncIterator[LLMEvent]:
        yield TextDelta("One.")
        for count in counts:
            yield Usage(count, "served")
        if cut:
            await asyncio.sleep(60)
        yield Finished()

    llm, behind = Model(events, deadlines=LLMDeadlines(first=100, between=100)), Probe()
    llm.usage_mode = mode

    async def play(run: Run) -> None:
        await run.task.queue_frame(LLMContextFrame(LLMContext([{"role": "user", "content": "hi"}])))
        await run.clock.sleep(1)
        await run.task.interrupt()
        await run.clock.sleep(1)

    in_a_run(lambda: Run(llm, behind, params=METRICS), play)
    data = [entry for frame in behind.of(MetricsFrame) for entry in frame.data]
    assert llm.get_full_model_name() == "served"  # LLM-15
    return [entry.value for entry in data if isinstance(entry, LLMUsageMetricsData)]


@pytest.mark.parametrize("cut", [False, True])
def test_tokens_are_reported_once_a_reply_even_after_a_cut(cut: bool) -> None:  # LLM-14, LLM-15, MET-02
    growing = [LLMTokenUsage(9, n, 9 + n) for n in range(1, 5)]
    assert counted("cumulative", *growing, cut=cut) == [LLMTokenUsage(9, 4, 13)]
    assert counted("final", LLMTokenUsage(9, 4, 13, 2, 1), cut=cut) == [LLMTokenUsage(9, 4, 13, 2, 1)]
    single = [LLMTokenUsage(9, 1, 10), LLMTokenUsage(0, 2, 2), LLMTokenUsage(0, 3, 3)]
    assert counted("incremental", *single, cut=cut) == [LLMTokenUsage(9, 3, 12)]


def test_a_server_that_does_not_count_is_not_reported() -> None:  # LLM-14
    _, run, behind = heard_from(TapeLLM([]), seconds=1, params=METRICS)
    assert len([event for event in run.events if event.kind == "bot.llm_stopped"]) == 1

    async def silent(context: LLMContext) -> AsyncIterator[LLMEvent]:
        yield TextDelta("One.")

    _, run, behind = heard_from(Model(silent), params=METRICS)
    assert not [
        data for frame in behind.of(MetricsFrame) for data in frame.data if isinstance(data, LLMUsageMetricsData)
    ]
    assert [event.data["usage"] for event in run.events if event.kind == "bot.llm_stopped"] == [None]


# -- outside the conversation (LLM-16) --------------------------------------------------------------------------------


def test_any_model_can_be_asked_without_frames() -> None:  # LLM-16
    llm = TapeLLM([TapeReply("A summary."), TapeReply("")])
    context = LLMContext([{"role": "system", "content": "Be Ann."}, {"role": "user", "content": "hi"}], [GO])
    answers: list[str | None] = []

    async def play(run: Run) -> None:
        answers.append(await llm.run_inference(context, system_instruction="Sum up."))
        answers.append(await llm.run_inference(context))

    run = in_a_run(lambda: Run(llm), play)
    assert answers == ["A summary.", None]
    assert [message["content"] for message in llm.seen[0]] == ["Sum up.", "hi"]
    assert [message["content"] for message in llm.seen[1]] == ["Be Ann.", "hi"]
    assert len(context.messages) == 2
    assert [event for event in run.events if event.kind.startswith("bot.llm")] == []


def test_an_answer_that_does_not_come_is_a_timeout() -> None:  # LLM-16
    async def never(context: LLMContext) -> AsyncIterator[LLMEvent]:
        await asyncio.sleep(1000)
        yield TextDelta("late")

    async def main() -> float:
        at = asyncio.get_running_loop().time()
        with pytest.raises(CompletionTimeout):
            await Model(never).run_inference(LLMContext())
        return asyncio.get_running_loop().time() - at

    assert run_virtual(main()) == pytest.approx(30)


# -- without an aggregator, and settings -------------------------------------------------------------------------------


def test_messages_and_pictures_reach_a_model_without_an_aggregator() -> None:
    llm = TapeLLM(["One.", "Two."])
    picture = VisionImageRawFrame(bytes(12), (2, 2), "RGB", text="What is it?")
    said, _, _ = heard_from(llm, LLMMessagesFrame([{"role": "user", "content": "hi"}]), picture)
    assert said == ["One.", "Two."]
    assert llm.seen[0] == [{"role": "user", "content": "hi"}]
    assert llm.seen[1][0]["content"][0]["text"] == "What is it?"


def test_a_setting_that_does_not_fit_is_told_and_changes_nothing() -> None:  # LLM-20
    class Strict(TapeLLM):
        def update_settings(self, settings: Any) -> None:
            raise BadLLMSetting("There is no setting named warmth.")

    said, run, _ = heard_from(Strict(["Hello."]), LLMUpdateSettingsFrame({"warmth": 1}), LLMContextFrame(LLMContext()))
    assert run.codes() == ["llm.setting"]
    assert said == ["Hello."]


def test_every_model_names_its_adapter() -> None:  # CTX-14
    async def main() -> None:
        llm = TapeLLM()
        assert isinstance(llm.get_llm_adapter(), OpenAILLMAdapter)
        llm.set_full_model_name("tape-2")
        assert (llm.get_full_model_name(), llm.model_name) == ("tape-2", "tape-2")

    run_virtual(main())

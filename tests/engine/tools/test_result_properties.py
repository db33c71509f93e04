"""What follows a result: another run of the model, or none, and what runs then (FUNC-01, FUNC-13)."""

from __future__ import annotations

from typing import Any

import pytest

from bots.engine.frames import FunctionCallResultProperties, LLMRunFrame
from bots.engine.testing.call import CallRecord, LiveCall, ScriptedCall
from bots.engine.testing.tapes import TapeCall, TapeReply
from bots.engine.tools.registry import FunctionCallParams

Properties = FunctionCallResultProperties


def call(*calls: tuple[str, float, Properties | None], then: Any = None) -> tuple[CallRecord, list[float]]:
    """Let the model ask for tools (name, seconds, properties); return the record and when the model ran."""

    async def tool(params: FunctionCallParams) -> None:
        _, seconds, properties = next(entry for entry in calls if entry[0] == params.function_name)
        await params.llm.clock.sleep(seconds)
        await params.result_callback({"of": params.function_name}, properties=properties)

    async def play(live: LiveCall) -> None:
        await live.type("go")
        await live.wait(4)
        if then is not None:
            await then(live)
        await live.wait(4)

    replies = [TapeReply(calls=[TapeCall(name) for name, _, _ in calls]), "First answer.", "Second answer."]
    record = ScriptedCall(replies, tools={name: tool for name, _, _ in calls}).run(play)
    return record, [event.at for event in record.of("bot.llm_started")]


def test_the_model_answers_with_the_result_of_its_call() -> None:  # FUNC-01
    record, runs = call(("find", 0.5, None))
    assert [message["role"] for message in record.messages] == ["user", "assistant", "tool", "assistant"]
    assert record.messages[2]["content"] == '{"of": "find"}'
    assert record.messages[3]["content"] == "First answer."
    assert len(runs) == 2


def test_by_default_the_model_runs_after_the_last_of_several_results() -> None:  # FUNC-13
    record, runs = call(("quick", 0.5, None), ("slow", 2.0, None))
    finished = [event.at for event in record.of("tool.finished")]
    assert len(runs) == 2
    assert runs[1] >= max(finished)


def test_a_result_may_run_the_model_at_once() -> None:  # FUNC-13
    record, runs = call(("quick", 0.5, Properties(run_llm=True)), ("slow", 3.0, None))
    finished = [event.at for event in record.of("tool.finished")]
    assert len(runs) == 3
    assert finished[0] <= runs[1] < finished[1] <= runs[2]


@pytest.mark.parametrize("later", [False, True])
def test_a_result_may_leave_the_next_run_to_the_program(later: bool) -> None:  # FUNC-13
    async def run(live: LiveCall) -> None:
        await live.queue(LLMRunFrame())

    record, runs = call(("quiet", 0.5, Properties(run_llm=False)), then=run if later else None)
    assert len(runs) == (2 if later else 1)
    assert record.messages[2]["role"] == "tool"


def test_a_program_hears_of_the_result_once_the_context_holds_it() -> None:  # FUNC-13
    seen: list[str] = []
    holder: dict[str, LiveCall] = {}

    async def updated() -> None:
        seen.extend(message["content"] for message in holder["live"].context.messages if message["role"] == "tool")

    async def tool(params: FunctionCallParams) -> None:
        await params.result_callback("done", properties=Properties(on_context_updated=updated))

    async def play(live: LiveCall) -> None:
        holder["live"] = live
        await live.type("go")
        await live.wait(4)

    ScriptedCall([TapeReply(calls=[TapeCall("act")]), "Yes."], tools={"act": tool}).run(play)
    assert seen == ["done"]

"""Functions with a context (LK-04…07, LK-21)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from bots.engine.context.arguments import ToolArgumentsInvalid
from bots.engine.context.context import LLMContext
from bots.engine.frames import FunctionCallResultFrame, LLMContextFrame, TTSSpeakFrame
from bots.engine.services.chat.functions import (
    DEEPEST,
    AIError,
    AIFunction,
    FunctionContext,
    register_ai_functions,
    schemas_of,
)
from bots.engine.services.chat.messages import ChatMalformed
from bots.engine.services.chat.session import AgentSession
from bots.engine.testing.tapes import TapeCall, TapeLLM, TapeReply, TapeTTS
from tests.engine.core.probes import Probe, Run, in_a_run

MOVE = {
    "type": "object",
    "properties": {"direction": {"type": "string", "enum": ["left", "right"]}, "metres": {"type": "number"}},
    "required": ["direction"],
}
Work = Callable[[FunctionContext], Any]


class Function(AIFunction):
    """Does what a test says."""

    def __init__(self, name: str, work: Work, parameters: dict[str, Any] | None = None) -> None:
        super().__init__(name, f"Does {name}.", parameters or {"type": "object", "properties": {}})
        self._work = work

    async def execute(self, ctx: FunctionContext) -> Any:
        return await self._work(ctx)


def called(call: TapeCall, *functions: AIFunction, seconds: float = 30.0, **services: Any) -> tuple[Any, Probe]:
    """Let a model call a function once; return the result and what was pushed downstream."""
    llm, behind = TapeLLM([TapeReply(calls=[call])]), Probe()

    async def play(run: Run) -> None:
        schemas = register_ai_functions(llm, functions, AgentSession(llm, {"steps": 0}), **services)
        await run.task.queue_frame(LLMContextFrame(LLMContext([{"role": "user", "content": "go"}], schemas)))
        await run.clock.sleep(seconds)

    in_a_run(lambda: Run(llm, behind), play)
    (result,) = behind.of(FunctionCallResultFrame)
    return result.result, behind


def test_a_function_gets_checked_values_state_a_voice_and_the_services() -> None:  # LK-04, LK-05, LK-06
    seen: list[FunctionContext] = []
    tts = TapeTTS()

    async def move(ctx: FunctionContext) -> str:
        seen.append(ctx)
        async with ctx.agent.lock:
            ctx.agent.userdata["steps"] += ctx.values["metres"]
        await ctx.agent.say("I am moving.")
        await ctx.agent.say(" ")
        return f"moved {ctx.values['direction']}"

    result, behind = called(TapeCall("move", {"direction": "left", "metres": 2}), Function("move", move, MOVE), tts=tts)
    assert result == "moved left"
    assert [frame.text for frame in behind.of(TTSSpeakFrame)] == ["I am moving."]
    (ctx,) = seen
    assert (ctx.values, ctx.agent.userdata) == ({"direction": "left", "metres": 2}, {"steps": 2})
    assert (ctx.stt, ctx.tts, type(ctx.llm)) == (None, tts, TapeLLM)
    assert [tool.name for tool in ctx.function_tools] == ["move"]


def test_wrong_values_never_reach_a_function() -> None:  # LK-06, LK-07
    async def move(ctx: FunctionContext) -> str:
        raise AssertionError

    result, _ = called(TapeCall("move", {"direction": "up"}), Function("move", move, MOVE))
    assert result["code"] == "tool.arguments"
    assert "direction" in result["error"]


def test_an_ai_error_is_told_to_the_model_and_other_failures_are_not_told_in_detail() -> None:  # LK-06
    async def refuse(ctx: FunctionContext) -> str:
        raise AIError("The door is locked.")

    async def fail(ctx: FunctionContext) -> str:
        raise RuntimeError("secret")

    result, _ = called(TapeCall("open"), Function("open", refuse))
    assert result == {"error": "The door is locked.", "code": "tool.ai_error"}
    result, _ = called(TapeCall("open"), Function("open", fail))
    assert "secret" not in result["error"]


def test_a_function_that_takes_too_long_is_ended_and_can_clean_up() -> None:  # LK-07
    cleaned: list[bool] = []

    async def wait(ctx: FunctionContext) -> str:
        try:
            await asyncio.sleep(600)
        finally:
            cleaned.append(True)
        return "never"

    slow = Function("wait", wait)
    slow.timeout_s = 2.0
    result, _ = called(TapeCall("wait"), slow)
    assert result["code"] == "tool.timeout"
    assert cleaned == [True]


def test_functions_call_each_other_with_checked_values() -> None:  # LK-06
    async def inner(ctx: FunctionContext) -> int:
        return int(ctx.values["metres"]) + 1

    async def outer(ctx: FunctionContext) -> dict[str, Any]:
        with pytest.raises(ToolArgumentsInvalid):
            await ctx.call("inner", direction="up")
        with pytest.raises(AIError, match="ghost"):
            await ctx.call("ghost")
        return {"sum": await ctx.call("inner", direction="left", metres=4)}

    result, _ = called(TapeCall("outer"), Function("outer", outer), Function("inner", inner, MOVE))
    assert result == {"sum": 5}


def test_functions_that_call_each_other_without_end_are_stopped() -> None:  # LK-06, LK-07
    depth: list[int] = []

    async def again(ctx: FunctionContext) -> Any:
        depth.append(1)
        return await ctx.call("again")

    result, _ = called(TapeCall("again"), Function("again", again))
    assert result["code"] == "tool.ai_error"
    assert len(depth) == DEEPEST


@pytest.mark.parametrize(
    ("name", "parameters", "named"),
    [("", {}, "name"), ("a", {"type": "string"}, "parameters"), ("a", {"properties": []}, "parameters")],
)
def test_a_function_that_no_model_could_call_is_refused(name: str, parameters: dict[str, Any], named: str) -> None:
    async def nothing(ctx: FunctionContext) -> None:
        """Nothing."""

    with pytest.raises(ChatMalformed, match=named):
        Function(name, nothing, parameters or {"type": "object"})


def test_the_newer_form_of_functions_is_taken_beside_the_older() -> None:  # LK-21, FUNC-04
    async def nothing(ctx: FunctionContext) -> None:
        """Nothing."""

    async def look(params: object, at: str) -> None:
        """Look at something."""

    older = Function("look", nothing)
    assert [schema.name for schema in schemas_of([older, look, Function("go", nothing)])] == ["look", "go"]
    assert schemas_of([older, look])[0].required == ["at"]

"""Functions that the client runs, in both families of messages (RTVI-08, FUNC-19)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from bots.engine.context.context import LLMContext
from bots.engine.frames import (
    FrameDirection,
    FunctionCallCancelFrame,
    FunctionCallFromLLM,
    FunctionCallInProgressFrame,
    FunctionCallResultFrame,
    FunctionCallsStartedFrame,
)
from bots.engine.testing.client import JS, KOTLIN, SWIFT
from bots.engine.tools.registry import FunctionCallParams
from tests.engine.rtvi.conversation import Conversation, converse

ARGUMENTS = {"city": "Paris", "unit": None}
NEW = ("llm-function-call-started", "llm-function-call-in-progress", "llm-function-call-stopped")


class Tool:
    """What a function handler is given, and what it gave back."""

    def __init__(self, call: Conversation) -> None:
        self.results: list[Any] = []
        self.params = FunctionCallParams("weather", "c1", ARGUMENTS, call.actor, LLMContext(), self._take)

    async def _take(self, result: Any, *, properties: Any = None) -> None:
        self.results.append(result)


async def announce(call: Conversation) -> None:
    """Push what a model service pushes before its handler runs, both ways as it does."""
    started = FunctionCallsStartedFrame((FunctionCallFromLLM("weather", "c1", ARGUMENTS, LLMContext()),))
    running = FunctionCallInProgressFrame("weather", "c1", ARGUMENTS)
    for frame in (started, running):
        await call.actor.push_frame(frame)
        await call.actor.push_frame(frame, FrameDirection.UPSTREAM)


async def answer(call: Conversation, result: Any = 21, **fields: Any) -> None:
    data = {"function_name": "weather", "tool_call_id": "c1", "result": result, **(fields or {"arguments": ARGUMENTS})}
    await call.client.send("llm-function-call-result", data)


def test_a_current_client_is_told_once_and_its_result_goes_to_the_model() -> None:
    async def script(call: Conversation) -> None:
        await call.client.connect()
        await announce(call)
        tool = Tool(call)
        running = asyncio.create_task(call.rtvi.handle_function_call(tool.params))
        await asyncio.sleep(1.0)
        await answer(call, {"degrees": 21})
        await running
        await call.push(FunctionCallResultFrame("weather", "c1", ARGUMENTS, tool.results[0]))
        assert tool.results == [{"degrees": 21}]
        assert [message["type"] for message in call.client.all(*NEW)] == list(NEW)
        assert call.client.all("llm-function-call") == []
        assert call.client.all(NEW[1])[0]["data"] == {
            "function_name": "weather", "tool_call_id": "c1", "arguments": {"city": "Paris"},
        }  # fmt: skip
        assert call.client.all(NEW[2])[0]["data"]["result"] == {"degrees": 21}
        assert call.client.problems() == []

    converse(script, ready_data=JS)


@pytest.mark.parametrize("who", [SWIFT, KOTLIN, {"version": "1.0.0"}, {"version": "1.1.0"}])
def test_native_and_old_clients_get_the_one_message_they_know(who: Mapping[str, Any]) -> None:
    async def script(call: Conversation) -> None:
        await call.client.connect()
        await announce(call)
        assert call.client.types() == ["bot-ready"]
        tool = Tool(call)
        running = asyncio.create_task(call.rtvi.handle_function_call(tool.params))
        await call.settle()
        await answer(call, "sunny", args=ARGUMENTS)
        await running
        assert tool.results == ["sunny"]
        assert [message["data"] for message in call.client.all("llm-function-call")] == [
            {"function_name": "weather", "tool_call_id": "c1", "args": {"city": "Paris"}}
        ]
        assert call.client.problems() == []

    converse(script, ready_data=who)


def test_a_result_that_comes_before_anybody_waits_is_kept() -> None:
    async def script(call: Conversation) -> None:
        await call.client.connect()
        await announce(call)
        await answer(call, None)
        tool = Tool(call)
        await asyncio.wait_for(call.rtvi.handle_function_call(tool.params), 0.1)
        assert tool.results == [None]
        assert call.client.all("error-response") == []

    converse(script)


def test_a_second_result_is_refused() -> None:
    async def script(call: Conversation) -> None:
        await call.client.connect()
        tool = Tool(call)
        running = asyncio.create_task(call.rtvi.handle_function_call(tool.params))
        await call.settle()
        await answer(call, 1)
        await answer(call, 2)
        await running
        await answer(call, 3)
        assert tool.results == [1]
        assert call.rejected == ["rtvi.unknown_call"] * 2

    converse(script)


def test_a_result_after_the_call_was_cancelled_is_refused() -> None:
    async def script(call: Conversation) -> None:
        await call.client.connect()
        await announce(call)
        running = asyncio.create_task(call.rtvi.handle_function_call(Tool(call).params))
        await call.settle()
        running.cancel()
        await call.push(FunctionCallCancelFrame("weather", "c1"))
        await answer(call)
        stopped = call.client.all(NEW[2])[0]["data"]
        assert stopped == {"tool_call_id": "c1", "function_name": "weather", "cancelled": True}
        assert call.rejected == ["rtvi.unknown_call"]

    converse(script)


def test_the_keyword_form_turns_the_result_into_a_frame() -> None:
    async def script(call: Conversation) -> None:
        await call.client.connect()
        await call.rtvi.handle_function_call(function_name="weather", tool_call_id="c1", arguments={"city": "Rome"})
        await answer(call, [1, 2])
        frame = call.log.of(FunctionCallResultFrame)[0]
        assert (frame.function_name, frame.tool_call_id, frame.result) == ("weather", "c1", [1, 2])
        assert frame.arguments == {"city": "Rome"}

    converse(script)


def test_a_call_that_stays_on_the_server_is_shown_but_not_handed_over() -> None:
    async def script(call: Conversation) -> None:
        await call.client.connect()
        await announce(call)
        result = FunctionCallResultFrame("weather", "c1", ARGUMENTS, {"degrees": 3})
        await call.actor.push_frame(result, FrameDirection.UPSTREAM)
        await call.actor.push_frame(result)
        assert [message["type"] for message in call.client.all(*NEW)] == list(NEW)

    converse(script)

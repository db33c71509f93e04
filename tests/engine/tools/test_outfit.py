"""A bot's tools in a whole call: the caller's page, rules of the bot, what is let go at the end (PROD-19)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

import httpx
import pytest

from bots.engine.build import CallSetting, build_call
from bots.engine.clock import SystemClock
from bots.engine.core.journal import Journal, JournalEvent, MemorySink, parse_line
from bots.engine.errors import SpecError
from bots.engine.frames import InputTransportMessageFrame, UserTextFrame
from bots.engine.providers.resources import SharedResources
from bots.engine.spec import ToolSpec
from bots.engine.testing.caller import CallerTransport
from bots.engine.testing.client import JS
from bots.engine.testing.loop import run_virtual
from bots.engine.testing.tapes import TapeCall, TapeLLM, TapeReply
from bots.engine.tools.egress.client import EgressClient
from bots.engine.tools.environment import ToolEnvironment
from tests.engine.test_build import SPEC, played_by
from tests.engine.tools.test_kinds import Line
from tests.engine.tools.wire import Wire, ok, public

Act = Callable[[CallerTransport], Awaitable[None]]


def played(
    tools: Sequence[ToolSpec],
    replies: Sequence[TapeReply | str],
    act: Act,
    *,
    environment: ToolEnvironment | None = None,
    transport: CallerTransport | None = None,
) -> tuple[list[JournalEvent], TapeLLM, list[Any]]:
    """Build a call, let its caller act, and return the journal, the model and the messages to the client."""

    async def main() -> tuple[list[JournalEvent], TapeLLM, list[Any]]:
        sink, clock, llm = MemorySink(), SystemClock(seed=1), TapeLLM(replies)
        line = transport or CallerTransport()
        setting = CallSetting(
            clock=clock, journal=Journal(clock, sink), shared=SharedResources(), providers=played_by(llm),
            environment=environment or ToolEnvironment(), header={"call": "7f"},
        )  # fmt: skip
        built = build_call(replace(SPEC, tools=tuple(tools)), line, setting)
        running = asyncio.create_task(built.task.run())
        await asyncio.sleep(0.1)
        await built.begin()
        await asyncio.sleep(3)
        await act(line)
        await built.task.cancel()
        await running
        messages = list(line.output().messages)
        return [event for raw in sink.lines if (event := parse_line(raw))], llm, messages

    return run_virtual(main())


async def typed(line: CallerTransport, text: str = "please") -> None:
    await line.input().push_frame(UserTextFrame(text, audio_response=True))


def message(kind: str, data: Any) -> InputTransportMessageFrame:
    return InputTransportMessageFrame({"label": "rtvi-ai", "type": kind, "id": "1", "data": data})


SHOW = ToolSpec("show_map", "client", "Show a map.", {"city": {"type": "string"}}, ("city",), timeout_s=4.0)


@pytest.mark.parametrize("answers", [True, False])
def test_a_function_of_the_page_waits_for_the_page_as_long_as_it_may(answers: bool) -> None:  # FUNC-19, RTVI-08
    async def act(line: CallerTransport) -> None:
        await line.input().push_frame(message("client-ready", JS))
        await typed(line)
        await asyncio.sleep(1)
        if answers:
            data = {"function_name": "show_map", "tool_call_id": "m", "arguments": {}, "result": {"shown": True}}
            await line.input().push_frame(message("llm-function-call-result", data))
        await asyncio.sleep(8)

    replies = [TapeReply(calls=[TapeCall("show_map", {"city": "Rome"}, "m")]), "There it is."]
    events, llm, messages = played([SHOW], replies, act)
    asked = [m["data"] for m in messages if m["type"] == "llm-function-call-in-progress"]
    assert [data["arguments"] for data in asked] == [{"city": "Rome"}]
    last = [event for event in events if event.kind in ("tool.finished", "tool.failed")]
    if answers:
        assert [event.data["result"] for event in last] == [{"shown": True}]
    else:
        assert [event.data["code"] for event in last] == ["tool.timeout"]
    assert llm.seen[-1][-1]["role"] == "tool"


def test_a_web_request_of_the_bot_carries_the_calls_key_and_its_connections_end_with_the_call() -> None:  # A4
    wire, closed = Wire(ok(b'{"done": true}')), []

    class Closing(httpx.AsyncBaseTransport):
        handle_async_request = wire.handle_async_request

        async def aclose(self) -> None:
            closed.append(True)

    async def act(line: CallerTransport) -> None:
        await typed(line)
        await asyncio.sleep(5)
        assert not closed

    tool = ToolSpec("book", "http.request", settings={"url": "https://api.example.com/", "method": "POST"})
    environment = ToolEnvironment(EgressClient(resolver=public, transport=Closing()))
    replies = [TapeReply(calls=[TapeCall("book", {}, "b")]), "Booked."]
    events, llm, _ = played([tool], replies, act, environment=environment)
    assert [request.headers["Idempotency-Key"] for request in wire.requests] == ["7f:1:book:1"]
    assert [event.data["key"] for event in events if event.kind == "tool.started"] == ["7f:1:book:1"]
    assert llm.seen[-1][-1]["content"] == '{"done": true}'
    assert closed == [True]


@pytest.mark.parametrize(("filler", "said"), [(None, True), ("", False), ("Just a second.", True)])
def test_a_slow_tool_is_bridged_in_the_bots_language_or_its_own_words(filler: str | None, said: bool) -> None:
    async def slow(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(3)
        return ok()(request)

    class Slow(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            return await slow(request)

    async def act(line: CallerTransport) -> None:
        await typed(line)
        await asyncio.sleep(9)

    tool = ToolSpec("ask", "http.request", settings={"url": "https://api.example.com/"}, filler=filler)
    environment = ToolEnvironment(EgressClient(resolver=public, transport=Slow()))
    replies = [TapeReply(calls=[TapeCall("ask")]), "Here it is."]
    events, _, _ = played([tool], replies, act, environment=environment)
    turns = [event.data["text"] for event in events if event.kind == "bot.turn"]
    assert (filler or "One moment.") in turns if said else turns == ["Good morning.", "Here it is."]
    assert turns[-1] == "Here it is."


def test_a_transports_phone_line_reaches_the_tools() -> None:
    line, transport = Line(), CallerTransport()
    transport.phone_line = line

    async def act(caller: CallerTransport) -> None:
        await typed(caller)
        await asyncio.sleep(5)

    tool = ToolSpec("hand_on", "call.transfer", settings={"targets": {"desk": "+4930123456"}})
    replies = [TapeReply("One moment, I connect you.", [TapeCall("hand_on")])]
    events, _, _ = played([tool], replies, act, transport=transport)
    assert [order.target for order, _ in line.transferred] == ["+4930123456"]
    assert [event.data for event in events if event.kind == "call.transferred"] == [{"to": "desk"}]


@pytest.mark.parametrize(
    ("tool", "code"),
    [
        (ToolSpec("x", "no.such"), "tool.unknown_kind"),
        (ToolSpec("x", "http.request"), "tool.misconfigured"),
        (ToolSpec("x", "mcp"), "tool.misconfigured"),
        (ToolSpec("x", "mcp", settings={"colour": 1}), "tool.misconfigured"),
        (ToolSpec("x", "python", settings={"function": "os.system"}), "tool.misconfigured"),
        (ToolSpec("x", "clock.now", duplicates="twice"), "tool.misconfigured"),
    ],
)
def test_a_tool_that_cannot_work_keeps_the_call_from_starting_with_a_code(tool: ToolSpec, code: str) -> None:
    async def act(line: CallerTransport) -> None:
        raise AssertionError("the call began")

    with pytest.raises(SpecError) as caught:
        played([tool], [], act)
    assert (caught.value.code, caught.value.owner) == (code, "author")

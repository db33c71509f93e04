"""The chat service against a server of its own: what it asks, what it understands, and how every failure is told."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Any

import pytest

from bots.engine.clock import SystemClock
from bots.engine.context.context import LLMContext
from bots.engine.context.function_schema import FunctionSchema
from bots.engine.context.schemas import ToolsSchema
from bots.engine.core.journal import Journal, MemorySink, parse_line
from bots.engine.core.pipeline import Pipeline
from bots.engine.core.processor import FrameProcessor, handles
from bots.engine.core.task import PipelineTask
from bots.engine.errors import EngineError
from bots.engine.frames import LLMContextFrame, LLMFullResponseEndFrame, LLMTextFrame, LLMTokenUsage
from bots.engine.providers.openai.options import OpenAISettings
from bots.engine.providers.openai.service import OpenAILLMService
from bots.engine.services.llm import LLMDeadlines
from bots.engine.services.llm_events import Finished, LLMEvent, TextDelta, ToolCallDelta, Usage
from tests.engine.providers.openai.chat_server import ChatServer, Exchange, Play, asked, chat_server, delta

SECRET = "sk-very-secret"
MESSAGES = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "What is the capital of Peru?"}]
USAGE = {
    "prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13,
    "prompt_tokens_details": {"cached_tokens": 2}, "completion_tokens_details": {"reasoning_tokens": 1},
}  # fmt: skip


@asynccontextmanager
async def asking(play: Play, **settings: Any) -> AsyncIterator[tuple[OpenAILLMService, ChatServer]]:
    """A service whose server answers as told."""
    options = {name: settings.pop(name) for name in ("deadlines", "system_instruction", "apology") if name in settings}
    async with chat_server(play) as server:
        service = OpenAILLMService(
            api_key=SECRET, settings=OpenAISettings(model="tiny", base_url=server.url, **settings), **options
        )
        try:
            yield service, server
        finally:
            await service.cleanup()


async def events_from(service: OpenAILLMService, context: LLMContext | None = None) -> list[LLMEvent]:
    async with aclosing(service.stream(context or LLMContext(MESSAGES))) as stream:  # type: ignore[type-var]
        return [event async for event in stream]


async def answers(play: Play) -> list[LLMEvent]:
    async with asking(play) as (service, _):
        return await events_from(service)


async def failure(play: Play) -> EngineError:
    async with asking(play) as (service, _):
        with pytest.raises(EngineError) as caught:
            await events_from(service)
    return caught.value


def text_of(events: list[LLMEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, TextDelta))


# -- what is understood -----------------------------------------------------------------------------------------------


async def test_text_usage_and_end_come_in_order() -> None:
    async def play(exchange: Exchange) -> None:
        await exchange.begin()
        usage = {**delta(), "choices": [], "usage": USAGE}
        await exchange.events(delta("", role="assistant"), delta("Li"), delta("ma."), delta(finish="stop"), usage)

    assert await answers(play) == [
        TextDelta("Li"), TextDelta("ma."), Finished("stop"), Usage(LLMTokenUsage(9, 4, 13, 2, 1), "tiny-1"),
    ]  # fmt: skip


async def test_bytes_may_be_cut_anywhere() -> None:
    async def play(exchange: Exchange) -> None:
        await exchange.begin()
        text = 'data: {"choices":[{"index":0,"delta":{"content":"Grüße, 世界 🌍"}}]}\r\n\r\ndata: [DONE]\n\n'.encode()
        for byte in text:
            await exchange.raw(bytes([byte]))
            await asyncio.sleep(0)

    assert text_of(await answers(play)) == "Grüße, 世界 🌍"


async def test_comments_and_other_fields_between_events_are_no_text() -> None:
    async def play(exchange: Exchange) -> None:
        await exchange.begin()
        await exchange.raw(b": keep-alive\n\nevent: message\nid: 7\nretry: 10\n")
        await exchange.events(delta("Lima."))

    assert text_of(await answers(play)) == "Lima."


async def test_fragments_of_tool_calls_keep_their_index() -> None:
    async def play(exchange: Exchange) -> None:
        await exchange.begin()
        await exchange.events(
            delta(tool_calls=[asked(0, "a", "find", "")]),
            delta(tool_calls=[asked(0, arguments='{"day":'), asked(1, "b", "book", "{")]),
            delta(tool_calls=[asked(1, arguments="}"), asked(0, arguments=' "monday"}')]),
            delta(finish="tool_calls"),
        )

    calls: dict[int, list[str]] = {}
    for event in await answers(play):
        if isinstance(event, ToolCallDelta):
            known = calls.setdefault(event.index, ["", "", ""])
            calls[event.index] = [known[0] + event.id, known[1] + event.name, known[2] + event.arguments]
    assert calls == {0: ["a", "find", '{"day": "monday"}'], 1: ["b", "book", "{}"]}


async def test_a_lax_server_that_leaves_fields_out_is_understood() -> None:
    async def play(exchange: Exchange) -> None:
        await exchange.begin()
        await exchange.events(
            {}, {"choices": None}, {"choices": [{}]}, {"choices": [{"delta": None}]}, [], "text", 5,
            {"choices": [{"delta": {"content": 7}}]},
            {"choices": [{"delta": {"tool_calls": [asked(None, "a", "find", "{}")]}}]},
            {"choices": [{"delta": {"tool_calls": [{}]}}]},
            {"choices": [{"delta": {"content": "Lima."}}]}, {"usage": {"prompt_tokens": 3}}, done=False,
        )  # fmt: skip

    events = await answers(play)
    assert text_of(events) == "Lima."
    assert ToolCallDelta(0, "a", "find", "{}") in events
    assert [event.tokens.total_tokens for event in events if isinstance(event, Usage)] == [3]


# -- what is asked ----------------------------------------------------------------------------------------------------


async def quick(exchange: Exchange) -> None:
    await exchange.begin()
    await exchange.events(delta("Lima."))


async def test_the_request_holds_settings_context_tools_and_the_extra_fields() -> None:
    schema = ToolsSchema([FunctionSchema("find", "Find times.", {"day": {"type": "string"}}, ["day"])])
    context = LLMContext(MESSAGES, schema, "auto")
    async with asking(
        quick, temperature=0.0, seed=7, extra={"top_k": 5, "model": "other"}, system_instruction="You are Ann."
    ) as (service, server):  # fmt: skip
        await events_from(service, context)
    body = server.exchanges[0].body
    assert body["messages"] == [{"role": "system", "content": "You are Ann."}, MESSAGES[1]]
    assert (body["stream"], body["stream_options"]) == (True, {"include_usage": True})
    assert (body["temperature"], body["seed"], body["top_k"], body["model"]) == (0.0, 7, 5, "other")
    assert [tool["function"]["name"] for tool in body["tools"]] == ["find"]
    assert body["tool_choice"] == "auto"
    assert not {"top_p", "max_tokens", "service_tier"} & set(body), "what is not set is not sent"
    assert server.exchanges[0].headers["authorization"] == f"Bearer {SECRET}"
    assert context.messages[0] == MESSAGES[0], "the context itself is left alone"


@pytest.mark.parametrize(("known", "role"), [(True, "developer"), (False, "user")])
async def test_the_developer_role_is_for_servers_that_know_it(known: bool, role: str) -> None:
    context = LLMContext([{"role": "developer", "content": "Speak slowly."}, MESSAGES[1]])
    async with asking(quick, developer_role=known) as (service, server):
        await events_from(service, context)
    assert [message["role"] for message in server.exchanges[0].body["messages"]] == [role, "user"]


async def test_new_settings_count_from_the_next_request() -> None:
    async with asking(quick) as (service, server):
        await events_from(service)
        service.update_settings({"model": "larger", "temperature": 1.0})
        await events_from(service)
    assert [exchange.body["model"] for exchange in server.exchanges] == ["tiny", "larger"]
    assert service.model_name == "larger"


async def test_one_answer_without_streaming() -> None:
    async def play(exchange: Exchange) -> None:
        await exchange.begin(kind="application/json")
        await exchange.raw(b'{"choices": [{"message": {"role": "assistant", "content": "A summary."}}]}')

    context = LLMContext([*MESSAGES, {"role": "developer", "content": "Now."}])
    async with asking(play, developer_role=False, max_tokens=500) as (service, server):
        assert await service.run_inference(context, max_tokens=20, system_instruction="Sum up.") == "A summary."
    body = server.exchanges[0].body
    assert "stream" not in body
    assert "stream_options" not in body
    assert "max_tokens" not in body, "servers refuse both limits at once"
    assert body["max_completion_tokens"] == 20
    assert [message["role"] for message in body["messages"]] == ["system", "user", "user"]
    assert body["messages"][0]["content"] == "Sum up."


async def test_an_answer_without_choices_is_none() -> None:
    async def play(exchange: Exchange) -> None:
        await exchange.begin(kind="application/json")
        await exchange.raw(b'{"id": "c"}')

    async with asking(play) as (service, _):
        assert await service.run_inference(LLMContext(MESSAGES)) is None


# -- how failures are told --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "code", "owner", "retryable"),
    [
        ("400 Bad Request", "llm.refused", "provider", False),
        ("401 Unauthorized", "llm.key_refused", "author", False),
        ("403 Forbidden", "llm.key_refused", "author", False),
        ("404 Not Found", "llm.refused", "provider", False),
        ("429 Too Many Requests", "llm.busy", "provider", True),
        ("500 Internal Server Error", "llm.busy", "provider", True),
        ("503 Service Unavailable", "llm.busy", "provider", True),
    ],
)
async def test_a_refusal_is_told_by_its_code_and_tells_no_secret(
    status: str, code: str, owner: str, retryable: bool
) -> None:
    async def play(exchange: Exchange) -> None:
        await exchange.refuse(status, f"{SECRET} and the capital of Peru")

    for error in (await failure(play), await inference_failure(play)):
        assert (error.code, error.owner, error.retryable) == (code, owner, retryable)
        assert error.next_step
        assert SECRET not in str(error)
        assert "Peru" not in str(error)


async def inference_failure(play: Play) -> EngineError:
    async with asking(play) as (service, server):
        with pytest.raises(EngineError) as caught:
            await service.run_inference(LLMContext(MESSAGES))
        assert len(server.exchanges) == 1, "the SDK repeats nothing behind our back"
    return caught.value


async def test_a_server_that_is_not_there_and_an_address_that_is_none() -> None:
    async with asking(quick) as (service, server):
        closed = server.url
    for address in (closed, "no address", "http://", "ftp://127.0.0.1"):
        service = OpenAILLMService(settings=OpenAISettings(base_url=address))
        with pytest.raises(EngineError) as caught:
            await events_from(service)
        assert caught.value.code == "llm.unreachable", address
        await service.cleanup()


async def test_a_key_with_letters_that_no_key_has_is_a_refused_key() -> None:
    async with chat_server(quick) as server:
        service = OpenAILLMService(api_key="ключ", settings=OpenAISettings(base_url=server.url))
        with pytest.raises(EngineError) as caught:
            await events_from(service)
        assert caught.value.code == "llm.key_refused"
        await service.cleanup()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"data: {broken\n\n", "llm.unreadable"),
        (b"data: \xff\xfe\n\n", "llm.unreadable"),
        (b'data: {"error": {"message": "overloaded"}}\n\n', "llm.refused"),
    ],
)
async def test_a_stream_that_cannot_be_read_fails_after_what_was_readable(data: bytes, code: str) -> None:
    async def play(exchange: Exchange) -> None:
        await exchange.begin()
        await exchange.events(delta("Li"), done=False)
        await exchange.raw(data)

    async with asking(play) as (service, _):
        seen = []
        with pytest.raises(EngineError) as caught:
            async for event in service.stream(LLMContext(MESSAGES)):
                seen.append(event)
    assert text_of(seen) == "Li"
    assert caught.value.code == code


async def test_a_connection_that_breaks_off_is_unreachable() -> None:
    async def play(exchange: Exchange) -> None:
        await exchange.raw(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 99999\r\n\r\n")
        await exchange.events(delta("Li"), done=False)

    assert (await failure(play)).code == "llm.unreachable"


async def test_a_page_instead_of_a_stream_is_an_empty_answer_and_no_crash() -> None:
    async def play(exchange: Exchange) -> None:
        await exchange.begin(kind="text/html")
        await exchange.raw(b"<html><body>Welcome</body></html>")

    assert await answers(play) == []


# -- time and cancellation --------------------------------------------------------------------------------------------


class Ear(FrameProcessor):
    """Collects what the model says and lets the next context in from behind it."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.ended = asyncio.Event()

    @handles(LLMTextFrame)
    async def on_text(self, frame: LLMTextFrame) -> None:
        self.said.append(frame.text)

    @handles(LLMFullResponseEndFrame)
    async def on_end(self, frame: LLMFullResponseEndFrame) -> None:
        self.ended.set()


async def in_a_call(
    service: OpenAILLMService, act: Callable[[PipelineTask], Awaitable[None]] | None = None
) -> tuple[list[str], list[str]]:
    """Ask once in a pipeline; return what was said and the codes of the errors."""
    sink = MemorySink()
    clock = SystemClock()
    ear = Ear()
    task = PipelineTask(Pipeline([service, ear]), clock=clock, journal=Journal(clock, sink), idle_timeout_secs=None)
    running = asyncio.create_task(task.run())
    await task.queue_frame(LLMContextFrame(LLMContext(MESSAGES)))
    if act is not None:
        await act(task)
    async with asyncio.timeout(5):
        await ear.ended.wait()
    await task.cancel()
    await running
    events = [event for line in sink.lines if (event := parse_line(line))]
    return ear.said, [str(event.data["code"]) for event in events if event.kind == "error"]


async def silent(exchange: Exchange) -> None:
    await exchange.gone()


async def stuck(exchange: Exchange) -> None:
    await exchange.begin()
    await exchange.events(delta("Li"), done=False)
    await exchange.gone()


async def test_a_server_that_says_nothing_is_given_up_with_an_apology() -> None:
    deadlines = LLMDeadlines(first=0.15, between=5)
    async with asking(silent, deadlines=deadlines, apology="Sorry.") as (service, _):
        told: list[object] = []
        service.add_event_handler("on_completion_timeout", _noting(told))
        said, codes = await in_a_call(service)
    assert (said, codes) == (["Sorry."], ["llm.timeout"])
    assert told == [service]


async def test_a_stream_that_gets_stuck_is_given_up_and_keeps_what_came() -> None:
    deadlines = LLMDeadlines(first=5, between=0.15)
    async with asking(stuck, deadlines=deadlines, apology="Sorry.") as (service, _):
        assert await in_a_call(service) == (["Li"], ["llm.timeout"])


def _noting(told: list[object]) -> Callable[[object], Awaitable[None]]:
    async def note(service: object) -> None:
        told.append(service)

    return note


@pytest.mark.parametrize("cut", ["interruption", "end of the call", "time limit"])
async def test_a_request_that_is_no_longer_wanted_is_closed_and_the_server_sees_it(cut: str) -> None:
    left = asyncio.Event()

    async def play(exchange: Exchange) -> None:
        await stuck(exchange)
        left.set()

    deadlines = LLMDeadlines(first=5, between=0.15 if cut == "time limit" else 5)
    async with asking(play, deadlines=deadlines) as (service, server):

        async def act(task: PipelineTask) -> None:
            while not server.exchanges:  # noqa: ASYNC110 (another socket's end)
                await asyncio.sleep(0.005)
            await asyncio.sleep(0.05)
            if cut == "interruption":
                await task.interrupt()
            elif cut == "end of the call":
                await task.cancel()

        await in_a_call(service, act)
        async with asyncio.timeout(2):
            await left.wait()


async def test_the_sdk_is_ready_before_the_first_question() -> None:
    async with asking(quick) as (service, server):
        made: list[bool] = []

        async def act(task: PipelineTask) -> None:
            while task.state != "running":  # noqa: ASYNC110 (a state has no event)
                await asyncio.sleep(0)
            made.append(service._client is not None)

        assert await in_a_call(service, act) == (["Lima."], [])
        assert made == [True]
        assert len(server.exchanges) == 1


async def test_nothing_in_time_is_tried_once_more() -> None:
    tries = 0

    async def play(exchange: Exchange) -> None:
        nonlocal tries
        tries += 1
        await (silent(exchange) if tries == 1 else quick(exchange))

    async with asking(play, retry_on_timeout=True, retry_timeout_secs=0.1) as (service, _):
        assert text_of(await events_from(service)) == "Lima."
    assert tries == 2


async def test_a_second_silence_is_not_tried_a_third_time() -> None:
    deadlines = LLMDeadlines(first=0.4, between=1)
    async with asking(silent, retry_on_timeout=True, retry_timeout_secs=0.1, deadlines=deadlines) as (service, server):
        assert (await in_a_call(service))[1] == ["llm.timeout"]
        assert len(server.exchanges) == 2


async def test_neither_logs_nor_warnings_hold_what_was_asked(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        await answers(quick)
        await failure(lambda exchange: exchange.refuse("401 Unauthorized", SECRET))
    for record in caplog.records:
        assert SECRET not in record.getMessage()
        assert "Peru" not in record.getMessage()

"""The chat service against a server of its own: what it asks and what it understands."""

from __future__ import annotations

import asyncio

import pytest

from bots.engine.context.context import LLMContext
from bots.engine.context.function_schema import FunctionSchema
from bots.engine.context.schemas import ToolsSchema
from bots.engine.frames import LLMTokenUsage
from bots.engine.services.llm_events import Finished, TextDelta, ToolCallDelta, Usage
from tests.engine.providers.openai.asking import MESSAGES, SECRET, answers, asking, events_from, quick, text_of
from tests.engine.providers.openai.chat_server import Exchange, asked, delta

pytestmark = pytest.mark.network

USAGE = {
    "prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13,
    "prompt_tokens_details": {"cached_tokens": 2}, "completion_tokens_details": {"reasoning_tokens": 1},
}  # fmt: skip


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

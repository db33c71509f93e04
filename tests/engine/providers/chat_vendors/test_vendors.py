"""Each vendor's service against a server with that vendor's habits, through the unpatched SDK (services 1.1, 13.2)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bots.engine.context.function_schema import FunctionSchema
from bots.engine.providers.chat_vendors.services import SERVICES, AzureLLMService, PerplexityLLMService
from bots.engine.providers.chat_vendors.table import PRESETS
from bots.engine.providers.openai.service import BaseOpenAILLMService
from bots.engine.testing.servers.chat import ChatFake
from bots.engine.testing.servers.faults import Faults
from bots.engine.testing.servers.reply import ModelCall, ModelReply
from bots.engine.tools.registry import FunctionCallParams
from bots.engine.turns.pair import LLMContextAggregatorPair
from tests.engine.providers.calls import in_a_call, question

pytestmark = pytest.mark.network

KEY = "sk-fake"
GO = FunctionSchema("find", "Find a time.", {"day": {"type": "string"}}, ["day"])
PLAIN = [key for key in PRESETS if key not in ("azure", "vertex")]


def service_at(fake: ChatFake, key: str, **options: Any) -> BaseOpenAILLMService:
    if key == "azure":
        address = fake.url.removesuffix("/v1")
        return AzureLLMService(api_key=KEY, endpoint=address, model="my-deployment", **options)
    return SERVICES[key](api_key=KEY, base_url=fake.url, **options)


@pytest.mark.parametrize("key", [*PLAIN, "azure"])
async def test_text_and_tokens_of_every_vendor(key: str) -> None:  # LLM-14, LLM-19
    reply = ModelReply(text="Lima is the capital.", thinking="Peru, Peru", prompt_tokens=9)
    async with ChatFake([reply], preset=PRESETS[key], key=KEY).running() as fake:
        call = await in_a_call(
            service_at(fake, key),
            question({"role": "developer", "content": "Be brief."}, {"role": "user", "content": "Peru?"}),
        )
    assert (fake.problems, call.codes, call.finishes) == ([], [], ["stop"])
    assert call.said == "Lima is the capital.", "and never what it thought"
    (tokens,) = call.ear.tokens
    assert (tokens.prompt_tokens, tokens.completion_tokens, tokens.total_tokens) == (9, 4, 13), (
        "once, whatever the mode"
    )


@pytest.mark.parametrize("key", [key for key in [*PLAIN, "azure"] if PRESETS[key].tools])
async def test_a_tool_round_trip_with_every_vendor_that_has_tools(key: str) -> None:  # LLM-17, CTX-06
    calls = [ModelCall("find", {"day": "monday"}, "a"), ModelCall("find", {"day": "sunday"}, "b")]
    replies = [ModelReply(calls=calls), ModelReply(text="Monday is free.")]
    days: list[str] = []
    async with ChatFake(replies, preset=PRESETS[key], key=KEY).running() as fake:
        service = service_at(fake, key)

        async def find(params: FunctionCallParams) -> None:
            days.append(params.arguments["day"])
            await params.result_callback({"free": True})

        service.register_function("find", find)
        context = question(tools=[GO])
        pair = LLMContextAggregatorPair(context)

        async def both(task: Any) -> None:
            while len(fake.requests) < 2:  # noqa: ASYNC110 (another socket's end)
                await asyncio.sleep(0.005)

        call = await in_a_call(service, context, act=both, around=(pair.user(), pair.assistant()))
        await asyncio.sleep(0.05)
    assert fake.problems == []
    assert sorted(days) == ["monday", "sunday"]
    assert [message["role"] for message in fake.requests[1]["messages"]][-3:] == ["assistant", "tool", "tool"]
    assert call.codes == []


async def test_azure_is_asked_at_its_deployment_with_its_version() -> None:
    async with ChatFake([ModelReply(text="Lima.")], preset=PRESETS["azure"], key=KEY).running() as fake:
        service = service_at(fake, "azure", api_version="2024-10-21")
        assert await service.run_inference(question()) == "Lima."
        service.update_settings({"model": "another"})  # LLM-20
        assert await service.run_inference(question()) == "Lima."
        await service.cleanup()
        assert fake.server is not None
        paths = [exchange.path for exchange in fake.server.exchanges]
    assert paths == [
        f"/openai/deployments/{name}/chat/completions?api-version=2024-10-21" for name in ("my-deployment", "another")
    ]


async def test_perplexity_is_sent_no_tools_no_pictures_and_turns_that_alternate() -> None:
    history = [
        {"role": "assistant", "content": "Hello."}, {"role": "user", "content": "a"}, {"role": "user", "content": "b"},
    ]  # fmt: skip
    async with ChatFake([ModelReply(text="Lima.")], preset=PRESETS["perplexity"], key=KEY).running() as fake:
        service = PerplexityLLMService(api_key=KEY, base_url=fake.url)
        call = await in_a_call(service, question(*history, tools=[GO]))
    assert (call.said, fake.problems) == ("Lima.", [])
    assert [message["role"] for message in fake.requests[0]["messages"]] == ["user", "assistant", "user"]


@pytest.mark.parametrize("key", PLAIN)
async def test_a_wrong_key_is_told_by_its_code_and_not_tried_again(key: str) -> None:  # P15
    if PRESETS[key].auth == "none":
        return
    async with ChatFake([ModelReply(text="Lima.")], preset=PRESETS[key], key="another").running() as fake:
        call = await in_a_call(service_at(fake, key, apology="Sorry."))
    assert (call.said, call.codes, len(fake.requests)) == ("Sorry.", ["llm.key_refused"], 1)
    assert KEY not in str(call.events)


async def test_the_comments_of_a_router_are_no_text() -> None:
    faults = Faults(insert=b": OPENROUTER PROCESSING\n\n: OPENROUTER PROCESSING\n\n", insert_after=2)
    async with ChatFake(
        [ModelReply(text="Lima is it.")], preset=PRESETS["openrouter"], key=KEY, faults=faults
    ).running() as fake:
        service = service_at(fake, "openrouter")
        service.set_model_name("another/model")  # type: ignore[attr-defined]
        call = await in_a_call(service)
    assert call.said == "Lima is it."
    assert fake.requests[0]["model"] == "another/model"


async def test_a_limit_outside_the_conversation_has_the_vendors_name() -> None:  # LLM-16
    for key, name in (
        ("cerebras", "max_completion_tokens"),
        ("deepseek", "max_tokens"),
        ("openai", "max_completion_tokens"),
    ):
        async with ChatFake([ModelReply(text="Short.")], preset=PRESETS[key], key=KEY).running() as fake:
            service = service_at(fake, key)
            assert await service.run_inference(question(), max_tokens=7, system_instruction="Be short.") == "Short."
            await service.cleanup()
        assert fake.problems == []
        assert fake.requests[0][name] == 7

"""Anthropic's service against a strict server of its own, through the unpatched SDK (services 1, 1.2)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bots.engine.context.context import LLMContext
from bots.engine.context.function_schema import FunctionSchema
from bots.engine.context.images import image_message
from bots.engine.core.task import PipelineTask
from bots.engine.frames import LLMEnablePromptCachingFrame, LLMTokenUsage
from bots.engine.providers.anthropic.options import AnthropicSettings
from bots.engine.providers.anthropic.service import AnthropicLLMService
from bots.engine.services.llm_failures import BadLLMSetting
from bots.engine.testing import contract
from bots.engine.testing.servers.faults import Faults
from bots.engine.testing.servers.messages import MessagesFake
from bots.engine.testing.servers.reply import ModelCall, ModelReply
from bots.engine.tools.registry import FunctionCallParams
from bots.engine.turns.pair import LLMContextAggregatorPair
from tests.engine.providers.calls import in_a_call, question

pytestmark = pytest.mark.network

KEY = "sk-ant-fake"
LIMA = ModelReply(text="Lima is the capital.", prompt_tokens=12, cached_tokens=4)
FIND = FunctionSchema("find", "Find a time.", {"day": {"type": "string"}}, ["day"])
Settings = AnthropicLLMService.Settings
Params = AnthropicLLMService.InputParams


def service_at(fake: MessagesFake, **options: Any) -> AnthropicLLMService:
    return AnthropicLLMService(api_key=KEY, base_url=fake.url, **options)


async def test_it_holds_the_contract_of_language_models() -> None:
    async with MessagesFake([LIMA], faults=Faults(between_secs=0.03)).running() as fake:
        assert await contract.llm_service(lambda: service_at(fake)) == LIMA.text
        await asyncio.sleep(0.05)
        assert fake.server is not None
        assert fake.server.open == 0, "a request that was cut is closed (LLM-13)"
    assert fake.problems == []


async def test_the_documented_way_to_set_it_up() -> None:  # LLM-07
    async with MessagesFake([LIMA]).running() as fake:
        params = Params(temperature=0.7, enable_prompt_caching_beta=True, top_k=5)
        service = service_at(fake, model="claude-sonnet-4-20250514", params=params)
        call = await in_a_call(
            service, question({"role": "system", "content": "Be Ann."}, {"role": "user", "content": "hi"})
        )
    (body,) = fake.requests
    assert (body["model"], body["max_tokens"], body["temperature"], body["top_k"]) == (
        "claude-sonnet-4-20250514",
        4096,
        0.7,
        5,
    )
    assert body["system"][-1]["cache_control"] == {"type": "ephemeral"}
    assert body["stream"] is True
    assert "top_p" not in body
    assert (call.said, call.finishes, fake.problems) == (LIMA.text, ["stop"], [])
    assert service.get_full_model_name() == "served-1"  # LLM-15


@pytest.mark.parametrize(
    ("options", "temperature", "model"),
    [
        ({}, None, "claude-haiku-4-5"),
        ({"model": "a", "params": Params(temperature=0.1)}, 0.1, "a"),
        ({"model": "a", "params": Params(temperature=0.1), "settings": Settings(temperature=0.2)}, 0.2, "a"),
        ({"model": "a", "settings": AnthropicSettings(model="b", temperature=0.3)}, 0.3, "b"),
    ],
)
async def test_what_wins(options: dict[str, Any], temperature: float | None, model: str) -> None:  # LLM-07
    settings = AnthropicLLMService(**options)._settings
    assert (settings.temperature, settings.model, settings.max_tokens) == (temperature, model, 4096)


async def test_tokens_are_told_once_with_what_was_cached() -> None:  # LLM-14
    async with MessagesFake([LIMA]).running() as fake:
        call = await in_a_call(service_at(fake))
    assert call.ear.tokens == [LLMTokenUsage(12, 4, 20, 4, None, 0)]


async def test_a_tool_round_trip_with_thinking_that_is_sent_back() -> None:  # CTX-06, LLM-17
    replies = [
        ModelReply(text="One moment.", thinking="Monday", calls=[ModelCall("find", {"day": "monday"}, "toolu_1")]),
        ModelReply(text="Monday is free."),
    ]  # fmt: skip
    async with MessagesFake(replies).running() as fake:
        service = service_at(fake, settings=Settings(thinking={"type": "enabled", "budget_tokens": 1024}))

        async def find(params: FunctionCallParams) -> None:
            await params.result_callback({"error": "closed"} if params.arguments["day"] != "monday" else {"free": True})

        service.register_function("find", find)
        context = question(tools=[FIND], tool_choice="auto")
        pair = LLMContextAggregatorPair(context)

        async def both(task: PipelineTask) -> None:
            while len(fake.requests) < 2:  # noqa: ASYNC110 (another socket's end)
                await asyncio.sleep(0.005)
            await asyncio.sleep(0.05)

        call = await in_a_call(service, context, act=both, around=(pair.user(), pair.assistant()))
    assert fake.problems == []
    first, second = fake.requests
    assert (first["tool_choice"], first["thinking"]["budget_tokens"]) == ({"type": "auto"}, 1024)
    blocks = [block["type"] for message in second["messages"] for block in message["content"]]
    assert blocks == ["text", "thinking", "tool_use", "tool_result"]
    assert call.said == "One moment.Monday is free.", "thoughts are never spoken"
    assert call.codes == []


async def test_caching_is_switched_during_the_call() -> None:  # LLM-20
    async with MessagesFake([LIMA]).running() as fake:
        asked = 0

        async def switch(task: PipelineTask) -> None:
            nonlocal asked
            asked += 1
            while len(fake.requests) < asked:  # noqa: ASYNC110 (another socket's end)
                await asyncio.sleep(0.005)
            await task.queue_frame(LLMEnablePromptCachingFrame(asked == 1))

        await in_a_call(service_at(fake), question(), question(), question(), act=switch)
    assert ["cache_control" in str(body) for body in fake.requests] == [False, True, False]


async def test_pictures_reach_the_model() -> None:  # LK-20
    async with MessagesFake([LIMA]).running() as fake:
        call = await in_a_call(
            service_at(fake), LLMContext([image_message(bytes(12), size=(2, 2), text="What is it?")])
        )
    assert (call.said, fake.problems) == (LIMA.text, [])
    assert fake.requests[0]["messages"][0]["content"][1]["source"]["media_type"] == "image/png"


async def test_one_answer_outside_the_conversation() -> None:  # LLM-16
    async with MessagesFake([ModelReply(text="A summary."), ModelReply()]).running() as fake:
        service = service_at(fake, system_instruction="Be Ann.")
        assert await service.run_inference(question(), max_tokens=7, system_instruction="Sum up.") == "A summary."
        assert await service.run_inference(question()) is None
        await service.cleanup()
    assert (fake.requests[0]["max_tokens"], fake.requests[0]["system"][0]["text"]) == (7, "Sum up.")
    assert fake.requests[1]["system"][0]["text"] == "Be Ann."
    assert "stream" not in fake.requests[0]


async def test_settings_change_and_bad_ones_do_not() -> None:  # LLM-20
    service = AnthropicLLMService()
    service.update_settings({"temperature": 0.2, "model": "b", "filter_incomplete_user_turns": True})
    assert (service.model_name, service._settings.temperature) == ("b", 0.2)
    assert service.turn_completion is not None  # LLM-23
    for change, named in (
        ({"temperature": 1.5}, "temperature"),
        ({"max_tokens": None}, "max_tokens"),
        ({"thinking": "hard"}, "thinking"),
        ({"extra": 5}, "extra"),
        ({"base_url": "x"}, "base_url"),
    ):
        with pytest.raises(BadLLMSetting, match=named):
            service.update_settings(change)


async def test_the_environments_key_is_for_anthropic_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-env")
    ours = AnthropicLLMService()
    assert (ours.client().api_key, str(ours.client().base_url)) == ("sk-env", "https://api.anthropic.com")
    other = AnthropicLLMService(base_url="http://localhost:1")
    assert other.client().api_key == "not-given"
    await ours.cleanup()
    await other.cleanup()


async def test_a_late_first_try_is_made_once_more() -> None:  # LLM-11
    async with MessagesFake([LIMA], faults=[Faults(silent=True), Faults()]).running() as fake:
        call = await in_a_call(service_at(fake, retry_on_timeout=True, retry_timeout_secs=0.15))
    assert (call.said, len(fake.requests)) == (LIMA.text, 2)


async def test_it_makes_the_aggregators_and_names_its_adapter() -> None:  # CTX-11, CTX-14
    service, context = AnthropicLLMService(), question({"role": "user", "content": "key sk-abcdefghijklmnop1234"})
    assert service.create_context_aggregator(context).user().context is context
    assert "sk-abc" not in str(service.get_llm_adapter().get_messages_for_logging(context))

"""Settings of a chat model: documented defaults, what wins, what a request holds (LLM-05…09, LLM-20)."""

from __future__ import annotations

from typing import Any

import pytest

from bots.engine.context.context import LLMContext
from bots.engine.providers.connections import KEEPALIVE_CONNECTIONS
from bots.engine.providers.openai.client import key_for
from bots.engine.providers.openai.options import OpenAIInputParams, OpenAILLMSettings, OpenAISettings
from bots.engine.providers.openai.preset import OPENAI
from bots.engine.providers.openai.service import BaseOpenAILLMService, OpenAILLMService
from bots.engine.services.llm_failures import BadLLMSetting
from bots.engine.services.llm_settings import NOT_GIVEN, LLMSettings, changed, given_in
from bots.engine.services.turn_completion import UserTurnCompletionConfig
from bots.engine.turns.pair import LLMContextAggregatorPair
from bots.engine.turns.params import LLMAssistantAggregatorParams, LLMUserAggregatorParams

Settings = OpenAILLMService.Settings
Params = OpenAILLMService.InputParams


async def request(service: BaseOpenAILLMService, *messages: dict[str, Any]) -> dict[str, Any]:
    return service._params_of(LLMContext(list(messages) or [{"role": "user", "content": "hi"}]))


async def test_the_documented_defaults() -> None:  # LLM-05, LLM-06
    settings = OpenAILLMService()._settings
    assert (settings.model, settings.system_instruction, settings.top_k) == ("gpt-4.1", None, None)
    assert (settings.filter_incomplete_user_turns, settings.user_turn_completion_config) == (False, None)
    assert (settings.extra, settings.service_tier) == ({}, None)
    assert (settings.retry_timeout_secs, settings.retry_on_timeout) == (5.0, False)
    unset = (
        "frequency_penalty",
        "presence_penalty",
        "seed",
        "temperature",
        "top_p",
        "max_tokens",
        "max_completion_tokens",
    )
    assert all(getattr(settings, name) is None for name in unset)
    body = await request(OpenAILLMService())
    assert set(body) == {"model", "stream", "stream_options", "messages"}, "what is not set is not sent"
    assert (body["stream"], body["stream_options"]) == (True, {"include_usage": True})


@pytest.mark.parametrize(
    ("options", "model", "temperature"),
    [
        ({}, "gpt-4.1", None),
        ({"model": "a"}, "a", None),
        ({"model": "a", "params": Params(temperature=0.1)}, "a", 0.1),
        ({"model": "a", "params": Params(temperature=0.1), "settings": Settings(temperature=0.2)}, "a", 0.2),
        ({"model": "a", "params": Params(temperature=0.1), "settings": Settings(model="b")}, "b", None),
        ({"model": "a", "settings": Settings(model="gpt-4.1")}, "gpt-4.1", None),
        ({"params": Params(temperature=0.1), "settings": Settings(temperature=None)}, "gpt-4.1", None),
    ],
)
async def test_what_wins(options: dict[str, Any], model: str, temperature: float | None) -> None:  # LLM-07
    settings = OpenAILLMService(**options)._settings
    assert (settings.model, settings.temperature) == (model, temperature)


async def test_the_documented_ways_to_set_things_reach_the_request() -> None:  # LLM-05, LLM-08, LLM-09, CTX-12
    service = OpenAILLMService(
        service_tier="flex",
        settings=Settings(
            system_instruction="You are a helpful voice assistant.", temperature=0.7, max_completion_tokens=150,
            frequency_penalty=0.5, presence_penalty=-0.5, top_k=7, seed=3, extra={"temperature": 0.9, "own": 1},
        ),
    )  # fmt: skip
    body = await request(service, {"role": "user", "content": "hi"})
    assert body["messages"][0] == {"role": "system", "content": "You are a helpful voice assistant."}
    assert (body["service_tier"], body["temperature"], body["max_completion_tokens"]) == ("flex", 0.7, 150)
    assert (body["frequency_penalty"], body["presence_penalty"], body["seed"]) == (0.5, -0.5, 3)
    assert body["extra_body"] == {"temperature": 0.9, "own": 1}, "extra fields win"
    assert "top_k" not in body, "carried, not sent"


async def test_a_subclass_may_change_the_request() -> None:  # LLM-09
    class Own(OpenAILLMService):
        def build_chat_completion_params(self, params_from_context: Any) -> dict[str, Any]:
            return {**super().build_chat_completion_params(params_from_context), "user": "me"}

    assert (await request(Own()))["user"] == "me"


async def test_the_developer_role_is_kept_or_becomes_the_users() -> None:  # CTX-13
    message = {"role": "developer", "content": "Be brief."}
    assert OpenAILLMService.supports_developer_role is True
    assert (await request(OpenAILLMService(), message))["messages"] == [message]

    class Plain(OpenAILLMService):
        def __init__(self) -> None:
            super().__init__()
            self.supports_developer_role = False

    assert (await request(Plain(), message))["messages"] == [{"role": "user", "content": "Be brief."}]


async def test_settings_change_from_one_run_to_the_next() -> None:  # LLM-20
    service = OpenAILLMService()
    service.update_settings({"temperature": 0.3, "filter_incomplete_user_turns": True})
    service.update_settings(Settings(model="gpt-4o"))
    assert (service._settings.temperature, service.model_name) == (0.3, "gpt-4o")
    assert service.turn_completion == UserTurnCompletionConfig()  # LLM-23
    service.set_model_name("gpt-4o-mini")
    assert (await request(service))["model"] == "gpt-4o-mini"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"warmth": 1}, "warmth"),
        ({"temperature": 2.5}, "temperature"),
        ({"temperature": "hot"}, "temperature"),
        ({"temperature": True}, "temperature"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"model": None}, "model"),
        ({"model": 4}, "model"),
        ({"developer_role": 1}, "developer_role"),
        ({"extra": "text"}, "extra"),
        ({"base_url": "http://elsewhere"}, "base_url"),
        (
            {"filter_incomplete_user_turns": True, "user_turn_completion_config": {"x": 1}},
            "user_turn_completion_config",
        ),
        (
            {"filter_incomplete_user_turns": True, "user_turn_completion_config": {"incomplete_short_timeout": "a"}},
            "user_turn_completion_config",
        ),
        (
            {"filter_incomplete_user_turns": True, "user_turn_completion_config": {"incomplete_short_timeout": -1}},
            "incomplete_short_timeout",
        ),
    ],
)
async def test_a_change_that_does_not_fit_is_named_and_changes_nothing(change: dict[str, Any], named: str) -> None:
    service = OpenAILLMService(settings=Settings(model="a"))  # LLM-20
    with pytest.raises(BadLLMSetting, match=named) as caught:
        service.update_settings(change)
    assert isinstance(caught.value, ValueError)
    assert service._settings.model == "a"
    assert service.turn_completion is None


def test_settings_tell_what_was_set() -> None:  # LLM-07
    delta = LLMSettings(temperature=None)
    assert delta.given() == {"temperature": None}
    assert not NOT_GIVEN
    assert repr(NOT_GIVEN) == "NOT_GIVEN"
    whole = OpenAILLMSettings(model="a", temperature=0.5)
    assert whole.apply_update(OpenAILLMSettings(model="b", temperature=0.5)) == {"model": "a"}
    assert whole.given() == {"model": "b", "temperature": 0.5}
    assert given_in({"seed": 1, "top_p": NOT_GIVEN}) == {"seed": 1}
    assert changed(OpenAISettings(), {"seed": 1}).seed == 1
    with pytest.raises(BadLLMSetting, match="list"):
        given_in(["temperature"])
    assert OpenAIInputParams(max_tokens=5).given() == {"max_tokens": 5}


def test_the_environments_key_is_for_the_vendors_own_address(monkeypatch: pytest.MonkeyPatch) -> None:  # LLM-05
    monkeypatch.setenv("OPENAI_API_KEY", "sk-env")
    assert key_for(OPENAI, None, "") == "sk-env"
    assert key_for(OPENAI, None, OPENAI.base_url) == "sk-env"
    assert key_for(OPENAI, None, "http://localhost:8080/v1") == "not-needed"
    assert key_for(OPENAI, "sk-own", "http://localhost:8080/v1") == "sk-own"
    monkeypatch.delenv("OPENAI_API_KEY")
    assert key_for(OPENAI, None, "") == "not-needed"


@pytest.mark.heavy
async def test_the_pool_is_the_documented_one() -> None:  # LLM-10
    service = OpenAILLMService(api_key="k", organization="org", project="proj", default_headers={"X-Own": "1"})
    client = service.client()
    pool = client._client._transport._pool
    assert (pool._max_keepalive_connections, pool._max_connections, pool._keepalive_expiry) == (
        KEEPALIVE_CONNECTIONS, 1000, None,
    )  # fmt: skip
    assert (client.organization, client.project, client.max_retries) == ("org", "proj", 0)
    assert client.default_headers["X-Own"] == "1"
    assert str(client.base_url) == "https://api.openai.com/v1/"
    assert service.client() is client
    await service.cleanup()


async def test_the_aggregators_come_from_the_service_as_in_2025() -> None:  # CTX-03, CTX-11
    context = LLMContext()
    pair = OpenAILLMService().create_context_aggregator(
        context,
        user_params=LLMUserAggregatorParams(aggregation_timeout=0.05),
        assistant_params=LLMAssistantAggregatorParams(note_interruptions=True),
    )
    assert isinstance(pair, LLMContextAggregatorPair)
    assert pair.user().context is pair.assistant().context is context
    assert pair.user()._params.transcript_secs == 0.05
    assert pair.user().get_context_frame().context is context  # CTX-09

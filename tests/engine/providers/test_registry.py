"""The rows a bot chooses from: every one complete, and every wrong choice named."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

import pytest

from bots.engine.errors import SpecError
from bots.engine.providers.openai.service import OpenAILLMService
from bots.engine.providers.registry import PROVIDERS, find_provider, make_service, providers_of
from bots.engine.providers.resources import SharedResources
from bots.engine.spec import BotSpec, ServiceSpec

OPENAI = {"provider": "openai"}


def spec_with(**settings: Any) -> BotSpec:
    return BotSpec("a", "A", ServiceSpec("pocketsphinx"), ServiceSpec("openai", settings), ServiceSpec("espeak"))


def make_model(secrets: dict[str, str], **settings: Any) -> OpenAILLMService:
    spec = spec_with(**settings)
    made = make_service("llm", spec.llm, spec, SharedResources(), secrets)
    assert isinstance(made, OpenAILLMService)
    return made


def test_every_row_is_complete() -> None:
    assert len({(provider.kind, provider.name) for provider in PROVIDERS}) == len(PROVIDERS)
    for provider in PROVIDERS:
        assert find_provider(provider.kind, provider.name) is provider
        assert provider.label
        assert is_dataclass(provider.options)
        assert provider.options.__dataclass_params__.frozen
        assert all(item.metadata.get("help") for item in fields(provider.options)), provider.name
        assert provider.read({}) == provider.options()
    assert {provider.kind for provider in PROVIDERS} == {"stt", "llm", "tts"}
    assert all(provider.kind == "tts" for provider in providers_of("tts"))


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"no_such": 1}, "no_such"),
        ({"model": 5}, "text"),
        ({"base_url": None}, "text"),
        ({"credential": ["a"]}, "text"),
        ({"developer_role": "yes"}, "true or false"),
        ({"temperature": "warm"}, "number"),
        ({"temperature": True}, "number"),
        ({"temperature": [1]}, "number"),
        ({"temperature": float("nan")}, "number"),
        ({"temperature": 2.1}, "at most"),
        ({"temperature": -0.1}, "at least"),
        ({"max_tokens": 0}, "at least"),
        ({"extra": "top_k"}, "object"),
        ({"extra": [1]}, "object"),
    ],
)
def test_a_setting_that_does_not_fit_is_named(settings: dict[str, Any], word: str) -> None:
    with pytest.raises(SpecError, match=word) as caught:
        find_provider("llm", "openai").read(settings)
    assert caught.value.code == "provider.setting"
    assert next(iter(settings)) in caught.value.message


def test_a_choice_must_be_one_of_those_offered() -> None:
    with pytest.raises(SpecError, match="one of"):
        find_provider("tts", "flite").read({"voice": "nobody"})


def test_none_is_the_providers_own_default() -> None:
    assert find_provider("llm", "openai").read({"temperature": None, "seed": None}).sampling() == {}


def test_a_key_is_needed_only_where_the_provider_asks_for_one() -> None:
    with pytest.raises(SpecError, match="key") as caught:
        make_model({}, credential="mine")
    assert caught.value.code == "provider.missing_key"
    with pytest.raises(SpecError, match="key"):
        make_model({"other": "sk"}, credential="mine")
    assert make_model({}, base_url="http://localhost:11434/v1").client().api_key == "not-needed"
    assert make_model({"mine": "sk-1"}, credential="mine").client().api_key == "sk-1"


def test_a_bots_persona_reaches_its_model() -> None:
    spec = spec_with(base_url="http://localhost/v1")
    made = make_service("llm", spec.llm, spec, SharedResources(), {})
    assert isinstance(made, OpenAILLMService)
    assert made._settings.system_instruction is None

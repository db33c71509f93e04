"""How spans name a service and its settings (TRC-05, TRC-06)."""

from typing import Any

import pytest

from bots.engine.observers.tracing.values import attribute, settings_of, system_of, told, truncated
from bots.engine.providers.anthropic.service import AnthropicLLMService
from bots.engine.providers.chat_vendors.services import GroqLLMService
from bots.engine.providers.openai.service import OpenAILLMService
from bots.engine.services.stt import STTService


@pytest.mark.parametrize(
    ("make", "system"),
    [
        (lambda: OpenAILLMService(api_key="k"), "openai"),
        (lambda: GroqLLMService(api_key="k"), "groq"),
        (lambda: AnthropicLLMService(api_key="k"), "anthropic"),
        (STTService, "unknown"),
    ],
)
def test_a_service_is_named_by_its_provider(make: Any, system: str) -> None:  # TRC-06
    assert system_of(make()) == system


def test_the_settings_of_a_real_service_are_scalars_without_its_key() -> None:  # TRC-06
    service = OpenAILLMService(api_key="sk-secret", model="gpt-x", default_headers={"X": "y"})
    settings = settings_of(service)
    assert settings["model"] == "gpt-x"
    assert "sk-secret" not in str(settings)
    assert not any("url" in name or "key" in name for name in settings)


def test_values_become_what_a_span_can_carry() -> None:  # TRC-03, TRC-10
    values = (1, 0.5, True, "a", {"b": [1]}, None)
    assert [attribute(value) for value in values] == [1, 0.5, True, "a", '{"b": [1]}', "null"]
    assert truncated("x" * 3000).endswith("x…")
    assert told({"a": None, "text": "t", "n": 1}, content=False) == {"n": 1}
    assert "[hidden]" in attribute({"api_key": "k"})

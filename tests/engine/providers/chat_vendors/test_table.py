"""The rows of the vendors of chat completions: complete, and fitted to what each takes (services 13.2, LLM-19)."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from bots.engine.context.context import LLMContext
from bots.engine.context.function_schema import FunctionSchema
from bots.engine.context.images import image_message
from bots.engine.errors import SpecError
from bots.engine.providers.chat_vendors import services
from bots.engine.providers.chat_vendors.options import options_for, required_by, settings_of
from bots.engine.providers.chat_vendors.table import PRESETS
from bots.engine.providers.openai.preset import SAMPLERS
from bots.engine.providers.registry import find_provider
from bots.engine.services.llm_failures import BadLLMSetting
from bots.engine.testing.servers.chat_rules import problem_with

PLACES = {"azure": {"model": "d", "endpoint": "https://n.openai.azure.com"}, "vertex": {"project_id": "p"}}
ACCOUNT = '{"client_email": "a@b", "private_key": "k"}'


def service_of(key: str, **options: Any) -> Any:
    if key == "vertex":
        options |= {"credentials": ACCOUNT, "project_id": "p"}
    if key == "azure":
        options |= {"endpoint": "https://n.openai.azure.com"}
        options.setdefault("model", "d")
    return services.SERVICES[key](**options)


def test_the_sixteen_documented_vendors_have_their_documented_classes() -> None:
    assert len(PRESETS) == 16
    for key, preset in PRESETS.items():
        kind = services.SERVICES[key]
        assert kind.__name__ == preset.class_name
        assert kind.preset is preset
        assert getattr(services, preset.class_name) is kind
        assert preset.auth in ("none", "google-token") or preset.env_var
        assert preset.base_url or key in ("azure", "vertex")
    assert services.OllamaLLMService is services.OLLamaLLMService


def test_the_documented_flags() -> None:
    flags = PRESETS
    assert [key for key, row in flags.items() if row.usage_mode == "cumulative"] == ["grok", "perplexity"]
    assert [key for key, row in flags.items() if row.usage_mode == "incremental"] == ["nim"]
    assert [key for key, row in flags.items() if not row.tools] == ["perplexity"]
    assert [key for key, row in flags.items() if row.index_missing] == ["sambanova"]
    assert [key for key, row in flags.items() if row.auth == "none"] == ["ollama"]
    assert [key for key, row in flags.items() if row.auth == "api-key"] == ["azure"]
    assert not flags["cerebras"].developer_role
    assert flags["openai"].developer_role
    assert flags["vertex"].default_model == "google/gemini-2.0-flash-001"
    assert flags["sambanova"].default_model == "Llama-4-Maverick-17B-128E-Instruct"


HISTORY = [
    {"role": "system", "content": "Be Ann."},
    {"role": "assistant", "content": "Hello."},
    {"role": "user", "content": "hi"},
    {"role": "developer", "content": "Be brief."},
    image_message(b"\xff\xd8\xff", text="Look."),
    {"role": "assistant", "content": None,
     "tool_calls": [{"id": "a", "type": "function", "function": {"name": "go", "arguments": "{}"}}]},
    {"role": "tool", "tool_call_id": "a", "content": "done"},
    {"role": "user", "content": "And?"},
]  # fmt: skip


@pytest.mark.parametrize("key", PRESETS)
async def test_a_full_request_is_fitted_to_what_the_vendor_takes(key: str) -> None:
    given = dict.fromkeys(SAMPLERS - {"max_tokens"}, 1)
    service = service_of(key, settings=services.SERVICES[key].Settings(**given))
    body = service._params_of(LLMContext(HISTORY, [FunctionSchema("go", "Go.", {})], "auto"))
    assert problem_with(body, PRESETS[key]) == ""
    assert ("tools" in body) is PRESETS[key].tools
    assert ("stream_options" in body) is PRESETS[key].stream_usage
    limits = [name for name in ("max_tokens", "max_completion_tokens") if name in body]
    assert len(limits) == 1, "a limit of tokens is kept, under the name that the vendor knows"
    assert "developer" not in [m["role"] for m in body["messages"]] or PRESETS[key].developer_role


@pytest.mark.parametrize("key", PRESETS)
async def test_a_service_takes_model_and_roles_from_its_row(key: str) -> None:  # LLM-15, CTX-13
    service = service_of(key)
    assert service.supports_developer_role is PRESETS[key].developer_role
    assert service.model_name == (PRESETS[key].default_model or "d")


@pytest.mark.parametrize("key", [key for key in PRESETS if key != "openai"])
def test_an_author_chooses_among_what_the_vendor_has(key: str) -> None:
    preset = PRESETS[key]
    provider = find_provider("llm", key)
    options = provider.read(PLACES.get(key, {}))
    assert provider.missing(options) == []
    names = {item.name for item in fields(options)}
    assert ("temperature" in names) is ("temperature" in preset.allowed)
    settings = settings_of(options, preset)
    assert (settings.model, settings.turn_completion) == (preset.default_model or "d", None)
    waiting = provider.read({**PLACES.get(key, {}), "filter_incomplete_user_turns": True})
    assert settings_of(waiting, preset).turn_completion is not None  # LLM-23
    with pytest.raises(SpecError, match="temperature"):
        provider.read({"temperature": preset.highest_temperature + 0.1})
    assert provider.needs_key(options) is (key != "ollama")
    assert provider.needs_key(provider.read({"base_url": "http://localhost:1/v1"})) is (key == "vertex")
    assert [item.name for item in fields(options_for(preset))] == [item.name for item in fields(options)]


def test_what_a_vendor_cannot_do_without_is_asked_for() -> None:
    assert required_by(PRESETS["groq"]) == ("model",)
    assert find_provider("llm", "azure").missing(find_provider("llm", "azure").read({})) == ["model", "endpoint"]
    assert find_provider("llm", "vertex").missing(find_provider("llm", "vertex").read({})) == ["project_id"]


async def test_azure_and_vertex_without_a_place_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BadLLMSetting, match="endpoint"):
        services.AzureLLMService(model="d")
    with pytest.raises(BadLLMSetting, match="model"):
        services.AzureLLMService(endpoint="https://n.openai.azure.com")
    with pytest.raises(BadLLMSetting, match="project_id"):
        services.GoogleVertexLLMService(credentials=ACCOUNT)
    with pytest.raises(BadLLMSetting, match="credentials"):
        services.GoogleVertexLLMService(project_id="p")
    monkeypatch.setenv("AZURE_CHATGPT_ENDPOINT", "https://env.openai.azure.com")
    monkeypatch.setenv("AZURE_CHATGPT_MODEL", "from-env")
    assert services.AzureLLMService().model_name == "from-env"
    params = services.GoogleVertexLLMService.InputParams(project_id="p", location="europe-west1", temperature=0.2)
    vertex = services.GoogleVertexLLMService(credentials=ACCOUNT, params=params)
    assert vertex.address == (
        "https://europe-west1-aiplatform.googleapis.com/v1/projects/p/locations/europe-west1/endpoints/openapi"
    )
    assert vertex._settings.temperature == 0.2

"""Every vendor of language models can be chosen for a bot, and what it lacks is named before publishing."""

from __future__ import annotations

from typing import Any

import pytest

from bots.assembly import problems_with, spec_from
from bots.engine.providers.chat_vendors.table import PRESETS
from bots.engine.providers.registry import make_service, providers_of
from bots.engine.providers.resources import SharedResources
from bots.models import Credential, default_draft
from bots.selectors.credentials import credential_names

pytestmark = pytest.mark.django_db

PLACES: dict[str, dict[str, str]] = {
    "azure": {"model": "d", "endpoint": "https://n.openai.azure.com"}, "vertex": {"project_id": "p"},
}  # fmt: skip
VENDORS = [key for key in PRESETS if key != "openai"] + ["anthropic"]
ACCOUNT = '{"client_email": "a@b", "private_key": "k"}'


def draft_with(provider: str, **settings: Any) -> dict[str, Any]:
    return {**default_draft(), "llm": {"provider": provider, "settings": settings}}


def keep(name: str, secret: str) -> None:
    row = Credential(name=name, provider="any")
    row.set_secret(secret)
    row.save()


@pytest.mark.parametrize("key", VENDORS)
def test_a_vendor_with_its_key_may_be_published_and_is_made(key: str) -> None:  # LLM-19
    keep("mine", ACCOUNT if key == "vertex" else "sk-mine")
    draft = draft_with(key, credential="mine", **PLACES.get(key, {}))
    assert problems_with(draft) == []
    spec = spec_from({**draft, "slug": "a", "name": "A"})
    made = make_service("llm", spec.llm, spec, SharedResources(), {"mine": ACCOUNT if key == "vertex" else "sk-mine"})
    assert made.name.startswith("AnthropicLLM" if key == "anthropic" else PRESETS[key].class_name)


@pytest.mark.parametrize("key", VENDORS)
def test_a_vendor_without_its_key_is_not_published(key: str) -> None:
    problems = [problem.path for problem in problems_with(draft_with(key, **PLACES.get(key, {})))]
    assert problems == ([] if key == "ollama" else ["llm.settings.credential"])


def test_what_is_missing_or_unknown_is_named_by_its_field() -> None:
    keep("mine", "sk-mine")
    azure = problems_with(draft_with("azure", credential="mine"))
    assert [problem.path for problem in azure] == ["llm.settings.model", "llm.settings.endpoint"]
    pipe = draft_with("openpipe", credential="mine", openpipe_credential="ghost")
    assert [problem.path for problem in problems_with(pipe)] == ["llm.settings.openpipe_credential"]
    assert credential_names(pipe) == {"mine", "ghost"}
    hot = problems_with(draft_with("sambanova", credential="mine", temperature=1.5))
    assert [problem.path for problem in hot] == ["llm.settings.temperature"]
    wait = draft_with("openai", credential="mine", filter_incomplete_user_turns=True,
                      user_turn_completion_config={"incomplete_short_timeout": -1})  # fmt: skip
    assert [problem.path for problem in problems_with(wait)] == ["llm.settings"]


def test_every_vendor_is_offered_by_its_name() -> None:
    offered = {provider.name: provider.label for provider in providers_of("llm")}
    assert set(offered) == {"scripted", "anthropic", *PRESETS}
    assert len(set(offered.values())) == len(offered)

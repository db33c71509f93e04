"""Slow and failing models in a draft: what is refused, and what reaches the engine (LK-12, LK-15, LK-16)."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

import pytest

from bots.assembly import problems_with, spec_from
from bots.engine.providers.chain import make_llm, policy_of
from bots.engine.providers.resources import SharedResources
from bots.engine.services.resilience.service import ResilientLLMService
from bots.engine.spec import ResilienceSpec, ServiceSpec
from bots.models import Credential, default_draft
from bots.models.draft import starter_script
from bots.selectors.credentials import credential_names

pytestmark = pytest.mark.django_db

LOCAL = {"provider": "openai", "settings": {"base_url": "http://localhost:11434/v1", "model": "small"}}


def draft_with(**changes: Any) -> dict[str, Any]:
    draft = default_draft()
    return {**draft, "resilience": {**draft["resilience"], **changes}}


def test_a_new_draft_has_every_setting_with_the_engines_default() -> None:
    draft = default_draft()
    assert spec_from({**draft, "slug": "a", "name": "A"}).resilience == ResilienceSpec()
    assert set(draft["resilience"]) == {item.name for item in dataclasses.fields(ResilienceSpec)}


def test_a_version_from_before_these_settings_still_runs() -> None:
    draft = default_draft()
    del draft["resilience"]
    spec = spec_from({**draft, "slug": "a", "name": "A"})
    assert spec.resilience == ResilienceSpec()
    assert problems_with(draft) == []


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"soft_s": -1}, "resilience.soft_s"),
        ({"soft_s": "soon"}, "resilience.soft_s"),
        ({"soft_s": 5}, "resilience.soft_s"),
        ({"hard_s": 0}, "resilience.hard_s"),
        ({"hard_s": float("nan")}, "resilience.hard_s"),
        ({"between_s": 100}, "resilience.between_s"),
        ({"end_after": 1.5}, "resilience.end_after"),
        ({"end_after": True}, "resilience.end_after"),
        ({"cache_ttl_s": 0}, "resilience.cache_ttl_s"),
        ({"context_tokens": 50}, "resilience.context_tokens"),
        ({"hedge": "yes"}, "resilience.hedge"),
        ({"fillers": "Hm."}, "resilience.fillers"),
        ({"fillers": ["Hm.", " "]}, "resilience.fillers"),
        ({"goodbye": 5}, "resilience.goodbye"),
        ({"goodbye": "x" * 301}, "resilience.goodbye"),
        ({"fallbacks": {"provider": "openai"}}, "resilience.fallbacks"),
        ({"fallbacks": ["openai"]}, "resilience.fallbacks[0]"),
        ({"fallbacks": [{"provider": "ghost"}]}, "resilience.fallbacks[0].provider"),
        ({"fallbacks": [{"provider": "openai"}]}, "resilience.fallbacks[0].settings.credential"),
        ({"fallbacks": [{**LOCAL, "settings": {"temperature": 9}}]}, "resilience.fallbacks[0].settings.temperature"),
        ({"fallbacks": [LOCAL, LOCAL]}, "resilience.fallbacks[1]"),
    ],
)  # fmt: skip
def test_a_setting_that_cannot_be_meant_is_named_by_its_path(changes: dict[str, Any], path: str) -> None:
    assert [problem.path for problem in problems_with(draft_with(**changes))] == [path]


def test_the_part_itself_may_be_no_list() -> None:
    assert [problem.path for problem in problems_with({**default_draft(), "resilience": []})] == ["resilience"]


def test_a_fallback_is_made_with_its_own_key_and_the_bots_wishes() -> None:  # LK-16
    row = Credential(name="backup", provider="openai")
    row.set_secret("the backup key")
    row.save()
    spare = {"provider": "openai", "settings": {"credential": "backup", "model": "small"}}
    draft = draft_with(fallbacks=[spare], fillers=["Hm."], cache=True, cache_ttl_s=60, prefetch=True, goodbye="Bye.")
    assert problems_with(draft) == []
    assert "backup" in credential_names(draft)
    spec = spec_from({**draft, "slug": "a", "name": "A"})
    assert spec.resilience.fallbacks == (ServiceSpec("openai", {"credential": "backup", "model": "small"}),)
    policy = policy_of(spec)
    assert (policy.fillers, policy.cache_ttl_s, policy.prefetch, policy.goodbye) == (("Hm.",), 60, True, "Bye.")
    with pytest.raises(Exception, match="needs a key"):
        make_llm(spec, SharedResources(), {})


def test_a_draft_that_is_half_written_names_no_keys_it_does_not_have() -> None:
    assert credential_names({"resilience": {"fallbacks": ["x", {"settings": {"credential": "k"}}]}}) == {"k"}
    assert credential_names({"resilience": None}) == set()


def test_the_scripted_model_alone_comes_as_it_is_and_with_a_fallback_in_a_chain() -> None:
    alone = spec_from({**default_draft(), "slug": "a", "name": "A"})
    assert not isinstance(make_llm(alone, SharedResources(), {}), ResilientLLMService)
    script = {**starter_script(), "phrases": {"unsure": ["I am the other one."]}}
    draft = draft_with(fallbacks=[{"provider": "scripted", "settings": {"script": script}}])
    assert problems_with(draft) == []
    both = spec_from({**draft, "slug": "a", "name": "A"})

    async def made() -> object:
        return make_llm(both, SharedResources(), {})

    assert isinstance(asyncio.run(made()), ResilientLLMService)

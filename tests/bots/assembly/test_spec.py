"""From a frozen configuration to the engine's plain data, and what keeps a draft from getting there."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from bots.assembly import problems_with, spec_from
from bots.assembly.changes import changes_between
from bots.assembly.options import options_of
from bots.assembly.services import ROLES, provider_choices, provider_options
from bots.assembly.tool_kinds import TOOL_KINDS
from bots.engine.providers.pocketsphinx.options import PocketSphinxOptions
from bots.engine.tools.kinds import KINDS
from bots.hosting.tools import host_tools
from bots.models import default_draft

pytestmark = pytest.mark.django_db


def test_the_default_draft_can_be_published_and_becomes_a_spec() -> None:
    draft = default_draft()
    assert problems_with(draft) == []
    spec = spec_from({**draft, "slug": "a", "name": "A", "vad": {**draft["vad"], "from_the_future": 1}})
    assert (spec.slug, spec.stt.provider, spec.llm.provider, spec.tts.provider) == (
        "a",
        "pocketsphinx",
        "scripted",
        "espeak",
    )
    assert (spec.vad.stop_secs, spec.limits.max_duration_s, spec.record) == (0.8, 1800, True)


def test_tools_and_words_arrive_as_the_engine_wants_them() -> None:
    tool = {"name": "find", "kind": "appointments.find", "properties": {"day": {"type": "string"}}, "required": ["day"]}
    spec = spec_from({**default_draft(), "slug": "a", "name": "A", "tools": [tool], "vocabulary": ["one"], "flow": {}})
    assert (spec.tools[0].required, spec.vocabulary, spec.flow) == (("day",), ("one",), None)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"persona": 5}, "persona"),
        ({"language": "English please"}, "language"),
        ({"stt": None}, "stt"),
        ({"tts": {"provider": "espeak", "settings": {"rate": 9000}}}, "tts.settings.rate"),
        ({"tts": {"provider": "espeak", "settings": {"colour": "red"}}}, "tts.settings.colour"),
        ({"tts": {"provider": "espeak", "settings": []}}, None),
        ({"tts": {"provider": "espeak", "settings": "x"}}, "tts.settings"),
        ({"llm": {"provider": "openai", "settings": {"credential": "ghost"}}}, "llm.settings.credential"),
        ({"llm": {"provider": "openai", "settings": {"base_url": "http://localhost:11434/v1"}}}, None),
        ({"vad": {"stop_secs": "long"}}, "vad.stop_secs"),
        ({"vad": []}, "vad"),
        ({"turns": {"min_words": True}}, "turns.min_words"),
        ({"audio": {"noise_filter": "magic"}}, "audio.noise_filter"),
        ({"audio": {"noise_filter": "krisp"}}, "audio.noise_filter"),
        ({"audio": {"background": "../settings.py"}}, "audio.background"),
        ({"audio": {"background_volume": -1}}, "audio.background_volume"),
        ({"audio": "loud"}, "audio"),
        ({"limits": {"max_duration_s": 1}}, "limits.max_duration_s"),
        ({"recording": {"enabled": "yes"}}, "recording.enabled"),
        ({"tracing": {"words": "yes"}}, "tracing.words"),
        ({"tracing": 3}, "tracing"),
        ({"vocabulary": [1]}, "vocabulary"),
        ({"pronunciations": {"a": 1}}, "pronunciations"),
        ({"tools": {}}, None),
        ({"tools": "x"}, "tools"),
        ({"tools": [5]}, "tools[0]"),
        ({"tools": [{"name": "a", "kind": "x"}, {"name": "a", "kind": "x"}]}, "tools[1].name"),
        ({"tools": [{"name": "a", "kind": "unheard.of"}]}, "tools[0].kind"),
        ({"tools": [{"name": "a", "kind": []}]}, "tools[0].kind"),
        ({"tools": [{"name": "a", "kind": "call.end", "required": ["day"]}]}, "tools[0].required"),
        ({"tools": [{"name": "a", "kind": "call.end", "timeout_s": "soon"}]}, "tools[0].timeout_s"),
        ({"flow": "start"}, "flow"),
        ({"flow": {"initial_node": "a", "nodes": {}}}, "flow.nodes"),
        ({"flow": {"initial_node": "a", "nodes": {"a": {"functions": []}}}}, "flow.nodes.a.task_messages"),
    ],
)
def test_every_mistake_is_named_by_its_path(change: dict[str, Any], path: str | None) -> None:
    found = [problem.path for problem in problems_with({**default_draft(), **change})]
    assert (path in found) if path else found == []


def test_every_kind_of_tool_that_can_be_named_has_a_handler() -> None:
    assert set(TOOL_KINDS) == set(KINDS) | set(host_tools(1, uuid.uuid4()))


def test_a_draft_that_is_no_object_is_one_problem() -> None:
    assert [problem.path for problem in problems_with([])] == ["draft"]


def test_every_setting_of_every_provider_has_help_and_a_default_that_fits() -> None:
    for role in ROLES:
        for provider in provider_choices(role):
            for option in provider_options(provider):
                assert option.help, (provider.name, option.name)
    band = options_of(PocketSphinxOptions)[0]
    assert (band.kind, band.choices) == ("choice", ("wide", "telephone"))


def test_changes_are_listed_value_by_value() -> None:
    before = {"a": 1, "b": {"c": [1, 2], "d": "x"}, "gone": True}
    after = {"a": 1, "b": {"c": [1, 3], "d": "y"}, "new": "z"}
    found = {change.path: (change.before, change.after) for change in changes_between(before, after)}
    assert found == {"b.c[1]": ("2", "3"), "b.d": ("x", "y"), "gone": ("true", "—"), "new": ("—", "z")}
    assert changes_between(before, before) == []

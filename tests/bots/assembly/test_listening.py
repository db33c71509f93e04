"""Silence, wake phrases and the keypad in a draft."""

from typing import Any

import pytest

from bots.assembly import problems_with, spec_from
from bots.assembly.warnings import warnings_for
from bots.models import default_draft

pytestmark = pytest.mark.django_db


def spec_with(**change: Any) -> Any:
    return spec_from({**default_draft(), "slug": "a", "name": "A", **change})


def test_a_new_bot_asks_a_silent_caller_after_eight_seconds() -> None:
    spec = spec_with()
    assert spec.turns.user_idle_secs == 8 and len(spec.turns.user_idle_prompts) == 2 and spec.turns.user_idle_goodbye
    assert spec.turns.wake_phrases == () and spec.keypad.termination_digit == "#"


def test_a_version_without_these_settings_stays_as_it_was() -> None:
    spec = spec_with(turns={"allow_interruptions": True, "min_words": 0}, keypad=None)
    assert spec.turns.user_idle_secs == 0 and spec.keypad.enabled


def test_lists_arrive_as_the_engine_wants_them() -> None:
    spec = spec_with(turns={"user_idle_prompts": ["Hello?"], "wake_phrases": ["hey bot"]})
    assert (spec.turns.user_idle_prompts, spec.turns.wake_phrases) == (("Hello?",), ("hey bot",))


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"turns": {"user_idle_secs": -1}}, "turns.user_idle_secs"),
        ({"turns": {"user_idle_prompts": "Hello?"}}, "turns.user_idle_prompts"),
        ({"turns": {"user_idle_prompts": [""]}}, "turns.user_idle_prompts"),
        ({"turns": {"user_idle_prompts": ["a"] * 6}}, "turns.user_idle_prompts"),
        ({"turns": {"user_idle_prompts": ["a" * 301]}}, "turns.user_idle_prompts"),
        ({"turns": {"user_idle_goodbye": 5}}, "turns.user_idle_goodbye"),
        ({"turns": {"wake_phrases": ["!?"]}}, "turns.wake_phrases"),
        ({"turns": {"wake_keepalive_secs": 0}}, "turns.wake_keepalive_secs"),
        ({"keypad": {"termination_digit": "A"}}, "keypad.termination_digit"),
        ({"keypad": {"timeout_secs": 0}}, "keypad.timeout_secs"),
        ({"keypad": {"prefix": None}}, "keypad.prefix"),
        ({"keypad": {"enabled": 1}}, "keypad.enabled"),
        ({"keypad": "on"}, "keypad"),
    ],
)
def test_every_mistake_is_named_by_its_path(change: dict[str, Any], path: str) -> None:
    assert [problem.path for problem in problems_with({**default_draft(), **change})] == [path]


def test_what_surprises_is_a_warning() -> None:
    draft = default_draft()
    assert warnings_for(draft) == []
    limits = {**draft["limits"], "idle_timeout_s": 8}
    assert "idle limit" in " ".join(warnings_for({**draft, "limits": limits}))
    turns = {**draft["turns"], "wake_phrases": ["hey zzyzx"]}
    assert "zzyzx" in " ".join(warnings_for({**draft, "turns": turns}))

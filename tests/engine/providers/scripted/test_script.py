"""A script's mistakes are named with their place."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.engine.providers.scripted import ScriptError, problems_in_script, read_script, vocabulary


def found(script: Any) -> set[tuple[str, str]]:
    return {(problem.code, problem.path) for problem in problems_in_script(script)}


def test_the_smallest_script_is_sound() -> None:
    assert problems_in_script({"version": 1}) == []


@pytest.mark.parametrize(
    ("script", "code", "path"),
    [
        ([], "script.wrong_type", "$"),
        ({}, "script.missing", "$"),
        ({"version": 2}, "script.version", "$.version"),
        ({"version": 1, "intent": []}, "script.unknown_key", "$.intent"),
        ({"version": 1, "intents": [{"name": "a", "replies": "b"}]}, "script.missing", "$.intents[0]"),
        ({"version": 1, "intents": [{"name": "a", "examples": ["b"]}]}, "script.no_reply", "$.intents[0]"),
        (
            {"version": 1, "intents": [{"name": "a", "patterns": ["(a+)+"], "replies": "b"}]},
            "script.unsafe_pattern",
            "$.intents[0].patterns[0]",
        ),
        (
            {"version": 1, "intents": [{"name": "a", "patterns": ["("], "replies": "b"}]},
            "script.bad_pattern",
            "$.intents[0].patterns[0]",
        ),
        (
            {"version": 1, "intents": [{"name": "a", "examples": ["b"], "form": "x"}]},
            "script.unknown_form",
            "$.intents[0]",
        ),
        (
            {"version": 1, "intents": [{"name": "a", "examples": ["b"], "replies": "{nobody}"}]},
            "script.unknown_slot",
            "$.intents[0]",
        ),
        (
            {"version": 1, "forms": {"f": {"slots": [{"name": "d", "type": "dat", "prompt": "?"}], "replies": "x"}}},
            "script.unknown_value",
            "$.forms.f.slots[0].type",
        ),
        (
            {"version": 1, "forms": {"f": {"slots": [{"name": "d", "type": "choice", "prompt": "?"}], "replies": "x"}}},
            "script.missing",
            "$.forms.f.slots[0]",
        ),
        ({"version": 1, "phrases": {"greeting": ""}}, "script.empty", "$.phrases.greeting"),
        ({"version": 1, "globals": {"sing": {"replies": "la"}}}, "script.unknown_key", "$.globals.sing"),
    ],
)
def test_a_mistake_is_named_with_its_place(script: Any, code: str, path: str) -> None:
    assert (code, path) in found(script)


def test_a_near_miss_gets_a_hint() -> None:
    problem = problems_in_script({"version": 1, "intens": []})[0]
    assert "did you mean 'intents'" in problem.message


def test_an_unsound_script_does_not_load() -> None:
    with pytest.raises(ScriptError) as caught:
        read_script({"version": 1, "intents": [{}]})
    assert caught.value.code == "script.invalid"
    assert caught.value.problems


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(
    ["version", "phrases", "globals", "intents", "forms", "nodes", "knowledge", "vocabulary", "handover", "end_tool"]
)


@given(st.dictionaries(KEYS, JSON, max_size=5))
def test_any_json_gets_an_answer(script: dict[str, Any]) -> None:
    problems = problems_in_script(script)
    assert all(problem.code.startswith("script.") and problem.path.startswith("$") for problem in problems)


def test_the_vocabulary_holds_what_callers_may_say(demo: Any) -> None:
    for name, expected in (("greeter", "tell me a story"), ("appointments", "half past nine"), ("quiz", "mercury")):
        words = vocabulary(read_script(demo(name)["llm"]["settings"]["script"]))
        assert expected in words
        assert len(words) == len(set(words))
        assert all(word == word.lower() and "." not in word for word in words)

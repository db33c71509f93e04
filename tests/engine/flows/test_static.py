"""Functions of a static flow keep state, give results and choose the next node."""

from typing import Any

import pytest

from bots.engine.flows.static import outcome

FUNCTION: dict[str, Any] = {
    "name": "answer",
    "state": [{"set": "last", "to": "{answer}"}, {"add": "score", "amount": 2, "when": {"answer": ["rome", "roma"]}}],
    "result": {
        "by": "answer",
        "cases": {"rome": {"comment": "Right", "score": "{state.score}"}},
        "default": {"comment": "Not {answer}, no."},
    },
    "next": {"by": "answer", "cases": {"rome": "next", "true": "yes"}, "default": "hint"},
}


def test_the_right_answer_scores_and_goes_on() -> None:
    state: dict[str, Any] = {"score": 4}
    assert outcome(FUNCTION, {"answer": "rome"}, state) == ({"comment": "Right", "score": 6}, "next")
    assert state == {"score": 6, "last": "rome"}


def test_a_wrong_answer_takes_the_default() -> None:
    state: dict[str, Any] = {}
    assert outcome(FUNCTION, {"answer": "milan"}, state) == ({"comment": "Not milan, no."}, "hint")
    assert state == {"last": "milan"}


@pytest.mark.parametrize(("given", "target"), [(True, "yes"), ("TRUE", "yes"), (None, "hint"), (" Rome", "next")])
def test_cases_are_compared_as_json_words(given: Any, target: str) -> None:
    assert outcome(FUNCTION, {"answer": given}, {})[1] == target


def test_a_function_without_next_stays() -> None:
    assert outcome({"name": "note", "result": {"ok": True}, "next": None}, {}, {}) == ({"ok": True}, None)
    assert outcome({"name": "note"}, {}, {}) == (None, None)

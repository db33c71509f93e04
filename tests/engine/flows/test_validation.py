"""A flow's mistakes are found before a caller meets them."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.engine.flows import problems_in_flow

FLOW: dict[str, Any] = {
    "initial_node": "start",
    "nodes": {
        "start": {
            "task_messages": [{"role": "system", "content": "Ask for the colour."}],
            "functions": [
                {
                    "name": "record",
                    "description": "Record the colour.",
                    "properties": {"colour": {"type": "string"}},
                    "required": ["colour"],
                    "next": {"by": "colour", "cases": {"red": "start"}, "default": "end"},
                }
            ],
        },
        "end": {
            "task_messages": [{"role": "system", "content": "Say goodbye."}],
            "post_actions": [{"type": "end_conversation"}],
        },
    },
}


def changed(**changes: Any) -> dict[str, Any]:
    """The flow with values at dotted paths replaced; None removes."""
    flow = copy.deepcopy(FLOW)
    for path, value in changes.items():
        *way, last = path.split("__")
        part: Any = flow
        for key in way:
            part = part[int(key)] if key.isdecimal() else part[key]
        part[last] = value
    return flow


def test_a_sound_flow_has_no_problems() -> None:
    assert problems_in_flow(FLOW) == []


FUNCTION = "nodes__start__functions__0__"


@pytest.mark.parametrize(
    ("changes", "code", "path"),
    [
        ({"initial_node": ""}, "flow.no_start", "$.initial_node"),
        ({"initial_node": "nowhere"}, "flow.unknown_start", "$.initial_node"),
        ({"nodes": {}}, "flow.no_nodes", "$.nodes"),
        ({"extra": 1}, "flow.unknown_key", "$.extra"),
        ({"nodes__start__task_messages": []}, "flow.no_task", "$.nodes.start.task_messages"),
        ({"nodes__start__task_messages": [{"role": "x"}]}, "flow.bad_message", "$.nodes.start.task_messages[0]"),
        ({FUNCTION + "next": "nowhere"}, "flow.unknown_target", "$.nodes.start.functions[0].next"),
        ({FUNCTION + "next": None}, "flow.unreachable", "$.nodes.end"),
        (
            {FUNCTION + "next": {"by": "size", "cases": {}, "default": "end"}},
            "flow.unknown_argument",
            "$.nodes.start.functions[0].next.by",
        ),
        ({FUNCTION + "name": "two words"}, "flow.bad_function", "$.nodes.start.functions[0].name"),
        (
            {FUNCTION + "properties": {"colour": {"type": "colour"}}},
            "flow.bad_schema",
            "$.nodes.start.functions[0].properties.colour",
        ),
        ({FUNCTION + "required": ["size"]}, "flow.bad_schema", "$.nodes.start.functions[0].required"),
        ({FUNCTION + "state": [{"set": "a", "add": "b"}]}, "flow.bad_state", "$.nodes.start.functions[0].state[0]"),
        ({"nodes__end__post_actions": []}, "flow.dead_end", "$.nodes.end"),
        ({"nodes__end__post_actions": [{"type": "fly"}]}, "flow.bad_action", "$.nodes.end.post_actions[0]"),
        ({"nodes__end__pre_actions": [{"type": "tts_say"}]}, "flow.bad_action", "$.nodes.end.pre_actions[0].text"),
        (
            {"nodes__end__context_strategy": {"strategy": "reset_with_summary"}},
            "flow.bad_strategy",
            "$.nodes.end.context_strategy.summary_prompt",
        ),
        ({"nodes__end__context_strategy": "forget"}, "flow.bad_strategy", "$.nodes.end.context_strategy"),
        ({"nodes__end__respond_immediately": "no"}, "flow.wrong_type", "$.nodes.end.respond_immediately"),
    ],
)
def test_a_mistake_is_named_with_its_place(changes: dict[str, Any], code: str, path: str) -> None:
    assert (code, path) in {(problem.code, problem.path) for problem in problems_in_flow(changed(**changes))}


def test_a_function_offered_twice_is_named() -> None:
    flow = copy.deepcopy(FLOW)
    flow["nodes"]["start"]["functions"] *= 2
    assert "flow.duplicate_function" in {problem.code for problem in problems_in_flow(flow)}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


@given(JSON, JSON, JSON)
def test_any_json_gets_an_answer(flow: Any, node: Any, function: Any) -> None:
    problems_in_flow(flow)
    problems_in_flow({"initial_node": flow, "nodes": {"a": node}})
    problems_in_flow({"initial_node": "a", "nodes": {"a": {"task_messages": node, "functions": [function]}}})

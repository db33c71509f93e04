"""A flow's mistakes are found before a caller meets them."""

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.engine.flows import Finding, Flow, FlowsFunctionSchema, findings_in, problems_in_flow

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
        ({"nodes__end__post_actions": [{"type": "fly"}]}, "flow.bad_action", "$.nodes.end.post_actions[0]"),
        ({"nodes__end__pre_actions": [{"type": "tts_say"}]}, "flow.bad_action", "$.nodes.end.pre_actions[0].text"),
        (
            {"nodes__end__context_strategy": {"strategy": "reset_with_summary"}},
            "flow.bad_strategy",
            "$.nodes.end.context_strategy.summary_prompt",
        ),
        ({"nodes__end__context_strategy": "forget"}, "flow.bad_strategy", "$.nodes.end.context_strategy"),
        (
            {FUNCTION + "properties": {"colour": {"type": "array", "items": {"type": "shade"}}}},
            "flow.bad_schema",
            "$.nodes.start.functions[0].properties.colour.items",
        ),
        (
            {FUNCTION + "properties": {"colour": {"type": "string", "enum": []}}},
            "flow.bad_schema",
            "$.nodes.start.functions[0].properties.colour.enum",
        ),
        (
            {FUNCTION + "properties": {"colour": {"type": "number", "maximum": "ten"}}},
            "flow.bad_schema",
            "$.nodes.start.functions[0].properties.colour.maximum",
        ),
        ({FUNCTION + "handler": ["x"]}, "flow.bad_function", "$.nodes.start.functions[0].handler"),
        ({FUNCTION + "timeout_s": 0}, "flow.bad_function", "$.nodes.start.functions[0].timeout_s"),
        ({FUNCTION + "transition_callback": "go"}, "flow.needs_code", "$.nodes.start.functions[0].transition_callback"),
        ({FUNCTION + "transition_to": "end"}, "flow.two_targets", "$.nodes.start.functions[0].transition_to"),
        (
            {"nodes__end__post_actions": [{"type": "function"}]},
            "flow.bad_action",
            "$.nodes.end.post_actions[0].handler",
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


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({FUNCTION + "next": None}, {("flow.unreachable", "$.nodes.end"), ("flow.dead_end", "$.nodes.start")}),
        ({"nodes__end__post_actions": []}, {("flow.dead_end", "$.nodes.end")}),
        (
            {"nodes__end__post_actions": [], "nodes__end__functions": [{"name": "back", "next": "start"}]},
            {("flow.no_end", "$.nodes")},
        ),
    ],
)
def test_what_runs_but_surprises_is_a_warning(  # PROD-18
    changes: dict[str, Any], expected: set[tuple[str, str]]
) -> None:
    flow = changed(**changes)
    findings = Flow(flow).check()
    assert {(found.code, found.path) for found in findings} == expected
    assert all(isinstance(found, Finding) and found.severity == "warning" for found in findings)
    assert problems_in_flow(flow) == []


def test_with_a_tool_that_hangs_up_no_node_is_a_dead_end() -> None:
    assert findings_in(changed(nodes__end__post_actions=[]), can_hang_up=True) == []


def test_a_handler_must_be_a_tool_of_the_bot() -> None:  # FLOW-17
    flow = changed(**{FUNCTION + "handler": "paint", "nodes__end__pre_actions": [{"type": "function", "handler": "x"}]})
    assert problems_in_flow(flow) == []
    assert [(found.code, found.path) for found in findings_in(flow, handlers=["brush"])] == [
        ("flow.unknown_handler", "$.nodes.start.functions[0].handler"),
        ("flow.unknown_handler", "$.nodes.end.pre_actions[0].handler"),
    ]
    assert findings_in(flow, handlers=["paint", "x"]) == []


def test_a_branch_may_look_at_the_result_and_the_state() -> None:
    for by in ("result.ok", "state.score"):
        assert problems_in_flow(changed(**{FUNCTION + "next": {"by": by, "cases": {}, "default": "end"}})) == []


def test_code_in_a_flow_is_taken_as_it_is() -> None:  # FLOW-10
    async def anywhere(flow_manager: Any) -> Any:
        """Go somewhere."""
        return None, None

    flow = copy.deepcopy(FLOW)
    flow["nodes"]["start"]["functions"] = [anywhere, FlowsFunctionSchema("go", "Go.", transition_to="end")]
    assert findings_in(flow) == []
    flow["nodes"]["start"]["functions"].append(FlowsFunctionSchema("go", "Go.", transition_to="nowhere"))
    assert {found.code for found in findings_in(flow)} == {"flow.duplicate_function", "flow.unknown_target"}


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

"""A flow goes out as text and comes back the same; what cannot be read is refused with its place."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.engine.flows import Flow, FlowTextError, problems_in_flow, read_flow, write_flow
from bots.engine.flows.plain_text import Form, form_of, read_plain, write_plain

PUBLIC: dict[str, Any] = {
    "initial_node": "start",
    "nodes": {
        "start": {
            "role_messages": [{"role": "system", "content": "You take orders."}],
            "task_messages": [{"role": "system", "content": "Ask: pizza or sushi?"}],
            "functions": [
                {
                    "type": "function",
                    "function": {
                        "name": "choose",
                        "description": "The caller chose.",
                        "parameters": {
                            "type": "object",
                            "properties": {"dish": {"type": "string", "enum": ["pizza", "sushi"]}},
                            "required": ["dish"],
                        },
                        "handler": "take_order",
                        "transition_to": "end",
                    },
                }
            ],
            "pre_actions": [{"type": "function", "handler": "check_kitchen", "urgent": True}],
            "context_strategy": {"strategy": "reset_with_summary", "summary_prompt": "Sum up."},
            "respond_immediately": False,
        },
        "end": {
            "task_messages": [{"role": "system", "content": "Say goodbye."}],
            "post_actions": [{"type": "end_conversation", "text": "Bye."}],
        },
    },
}
CHOOSE = {
    "name": "choose",
    "description": "The caller chose.",
    "properties": {"dish": {"type": "string", "enum": ["pizza", "sushi"]}},
    "required": ["dish"],
    "handler": "take_order",
    "next": "end",
}


def with_function(function: Any) -> dict[str, Any]:
    flow = copy.deepcopy(PUBLIC)
    flow["nodes"]["start"]["functions"] = [function]
    return flow


def test_the_public_format_is_read_and_written_without_loss() -> None:  # FLOW-05
    read = read_flow(json.dumps(PUBLIC))
    assert read.left_out == ()
    assert read.config["nodes"]["start"]["functions"] == [CHOOSE]
    assert problems_in_flow(read.config) == []
    assert json.loads(write_flow(read.config)) == PUBLIC


SCHEMA = {"properties": CHOOSE["properties"], "required": ["dish"]}
WRITTEN: list[Any] = [
    {**SCHEMA, "name": "choose", "description": "The caller chose.", "handler": "take_order", "transition_to": "end"},
    {"name": "choose", "description": "The caller chose.", "handler": "__function__:take_order", "transition_to": "end",
     "input_schema": {"type": "object", **SCHEMA}},
    {"function_declarations": [{"name": "choose", "description": "The caller chose.", "handler": "take_order",
                                "transition_to": "end", "parameters": {"type": "object", **SCHEMA}}]},
    {"type": "function", "name": "choose",
     "function": {**SCHEMA, "name": "choose", "description": "The caller chose.", "handler": "take_order",
                  "next": "end"}},
]  # fmt: skip


@pytest.mark.parametrize("function", WRITTEN)
def test_functions_are_read_in_every_format_that_models_have(function: Any) -> None:  # FLOW-08, FLOW-17
    read = read_flow(json.dumps(with_function(function)))
    assert (read.config["nodes"]["start"]["functions"], read.left_out) == ([CHOOSE], ())


def test_a_flat_function_goes_out_flat_where_that_is_wanted() -> None:
    text = write_flow(read_flow(json.dumps(PUBLIC)).config, "yaml", wrapped=False)
    assert "transition_to: end" in text
    assert "type: function\n" not in text.split("functions:")[1].split("pre_actions")[0]
    assert read_flow(text).config == read_flow(json.dumps(PUBLIC)).config


def test_older_and_newer_names_of_messages_are_known() -> None:
    flow = {
        "initial_node": "a",
        "nodes": {"a": {"messages": [{"role": "system", "content": "x"}], "role_message": "Be kind."}},
        "global_functions": [{"name": "help", "description": "Help.", "handler": "help"}],
    }
    read = read_flow(json.dumps(flow))
    assert read.left_out == ()
    assert read.config["nodes"]["a"]["task_messages"] == [{"role": "system", "content": "x"}]
    assert read.config["nodes"]["a"]["role_messages"] == [{"role": "system", "content": "Be kind."}]
    assert read.config["global_functions"] == [{"name": "help", "description": "Help.", "handler": "help"}]
    assert read_flow(write_flow(read.config)).config == read.config


def test_what_has_no_place_is_named_and_not_dropped_in_silence() -> None:
    flow = with_function({**CHOOSE, "colour": 1, "parameters": {"type": "object", "additionalProperties": False}})
    flow["nodes"]["start"]["position"] = [1, 2]
    flow["version"] = 3
    assert {problem.path for problem in read_flow(json.dumps(flow)).left_out} == {
        "$.nodes.start.functions[0].colour",
        "$.nodes.start.functions[0].parameters.additionalProperties",
        "$.nodes.start.position",
        "$.version",
    }


WORDS = st.sampled_from(
    ["yes", "no", "0e0", "1e5", "07", "12:30", "~", "null", "a: b", "- x", "#1", "é\"'", "x\ny", " a "]
)
VALUES = st.recursive(
    st.booleans() | st.integers(-(10**9), 10**9) | st.floats(allow_nan=False, allow_infinity=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
NODES = st.sampled_from(["a", "b"])
FUNCTIONS = st.fixed_dictionaries(
    {"name": st.sampled_from(["go", "stay", "ask"])},
    optional={
        "description": WORDS,
        "properties": st.dictionaries(WORDS, st.just({"type": "string"}), min_size=1, max_size=2),
        "handler": st.sampled_from(["look", "book"]),
        "next": NODES | st.fixed_dictionaries({"by": WORDS, "cases": st.dictionaries(WORDS, NODES), "default": NODES}),
        "result": VALUES,
        "state": st.lists(st.fixed_dictionaries({"set": WORDS, "to": VALUES}), min_size=1, max_size=2),
        "timeout_s": st.floats(0.1, 60),
    },
)
ACTIONS = st.lists(st.fixed_dictionaries({"type": WORDS}, optional={"text": WORDS, "more": VALUES}), min_size=1)
NODE = st.fixed_dictionaries(
    {"task_messages": st.lists(st.fixed_dictionaries({"role": WORDS, "content": WORDS}), min_size=1, max_size=2)},
    optional={
        "functions": st.lists(FUNCTIONS, min_size=1, max_size=2),
        "pre_actions": ACTIONS,
        "post_actions": ACTIONS,
        "respond_immediately": st.booleans(),
        "context_strategy": st.sampled_from([{"strategy": "append"}, {"strategy": "reset"}]),
    },
)
FLOWS = st.fixed_dictionaries({"initial_node": NODES, "nodes": st.fixed_dictionaries({"a": NODE, "b": NODE})})


@settings(max_examples=15)
@given(FLOWS, st.sampled_from(["json", "yaml"]), st.booleans())
def test_any_flow_comes_back_as_it_went_out(flow: dict[str, Any], form: Form, wrapped: bool) -> None:
    """The round trip loses nothing (PROD-18)."""
    text = Flow(flow).write(form, wrapped=wrapped)
    read = read_flow(text, form)
    assert (read.config, read.left_out) == (flow, ())


@given(VALUES, st.sampled_from(["json", "yaml"]))
def test_plain_data_comes_back_with_its_types(data: Any, form: Form) -> None:
    assert repr(read_plain(write_plain(data, form), form)) == repr(data)


def test_yaml_words_stay_words() -> None:
    text = "initial_node: a\nnodes:\n  a:\n    cases: {yes: 12:30, no: 2026-03-02, 07: on, true: 0x1f}\n"
    assert read_plain(text) == {
        "initial_node": "a",
        "nodes": {"a": {"cases": {"yes": "12:30", "no": "2026-03-02", "07": "on", "true": "0x1f"}}},
    }


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{new}: &{new} [{','.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (BOMB, "aliases"),
        ("a: !!python/object/apply:os.system ['true']", "tags"),
        ("a: !secret x", "tags"),
        ("[" * 50 + "]" * 50, "deep"),
        ("a:\n  - " + "- " * 60 + "x", "deep"),
        ('{"a": ' * 5000 + "1" + "}" * 5000, "deep"),
        ('{"a": 1, "a": 2}', "stands twice"),
        ("a: 1\na: 2", "stands twice"),
        ('{"a": NaN}', "not a number"),
        ('{"a": 1e999}', "not a number"),
        ("a: 1e999", "not a number"),
        ('{"a": ' + "9" * 40 + "}", "30 digits"),
        ('{"a": 1,}', "Line 1, column"),
        ("a: [1, 2", "Line 2, column"),
        ("a: 1\n  b: 2", "Line 2, column"),
        ("a: \x00", "characters that may not stand there"),
        ("? [a, b]\n: 1", "a key must be a word"),
        ("x" * 400_001, "longer than"),
        ("[" + ",".join("1" * 50_001) + "]", "more than 50000 values"),
        ("a: 1\n---\nb: 2", "document"),
        ("just words", "must be an object"),
        ("", "must be an object"),
        ("[1]", "must be an object"),
    ],
)
def test_a_text_that_is_no_flow_is_refused_with_its_place(text: str, said: str) -> None:
    with pytest.raises(FlowTextError) as caught:
        read_flow(text)
    assert said in caught.value.message
    assert caught.value.code == "flow.unreadable"


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read_plain(text)
    except FlowTextError as error:
        assert error.message.endswith(".")


def test_json_is_told_from_yaml_by_its_first_sign() -> None:
    assert [form_of(text) for text in ('{"a": 1}', "\ufeff [1]", "a: 1", "")] == ["json", "json", "yaml", "yaml"]


def test_the_ways_of_a_flow_are_listed() -> None:
    assert [(way.source, way.function, way.target) for way in Flow.read(json.dumps(PUBLIC)).ways()] == [
        ("start", "choose", "end")
    ]

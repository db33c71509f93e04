"""Tools in every accepted form, and the check of a model's arguments."""

from enum import Enum
from typing import Any, Literal, TypedDict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.engine.context.arguments import ToolArgumentsInvalid, parse_arguments, validate_arguments
from bots.engine.context.direct import DirectFunction, DirectFunctionMalformed, read_docstring
from bots.engine.context.function_schema import FunctionSchema
from bots.engine.context.schemas import AdapterType, ToolsMalformed, ToolsSchema, tools_schema_of

PROPERTIES = {"city": {"type": "string"}, "unit": {"type": "string", "enum": ["c", "f"]}}
WEATHER = FunctionSchema("weather", "The weather.", PROPERTIES, ["city"])
PARAMETERS = {"type": "object", "properties": PROPERTIES, "required": ["city"]}


class Size(Enum):
    SMALL = "small"
    LARGE = "large"


class Topping(TypedDict):
    name: str
    amount: int


async def order_pizza(
    params: "NotImportedHere",  # noqa: F821
    size: Size,
    count: int,
    toppings: list[Topping],
    cut: Literal["squares", "slices"] = "slices",
    note: str | None = None,
    extra: Any = None,
):
    """Order a pizza
    for the caller.

    Args:
        size: How big.
        count (int): How many: at least one,
            at most nine.
        note: Anything else.

    Returns:
        Nothing: never an argument.
    """
    return params, size, count, note


def test_a_function_describes_itself():  # FUNC-02, FUNC-04
    schema = DirectFunction(order_pizza).schema
    assert (schema.name, schema.description) == ("order_pizza", "Order a pizza for the caller.")
    assert schema.required == ["size", "count", "toppings"]
    assert schema.properties == {
        "size": {"type": "string", "enum": ["small", "large"], "description": "How big."},
        "count": {"type": "integer", "description": "How many: at least one, at most nine."},
        "toppings": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"name": {"type": "string"}, "amount": {"type": "integer"}},
                "required": ["amount", "name"],
            },
        },
        "cut": {"type": "string", "enum": ["squares", "slices"]},
        "note": {"type": "string", "description": "Anything else."},
        "extra": {},
    }


async def test_a_function_is_called_with_the_arguments_it_knows():
    got = await DirectFunction(order_pizza)("params", {"size": "small", "count": 2, "toppings": [], "other": 1})
    assert got == ("params", "small", 2, None)


def plain(params, city: str):
    """Not async."""


async def without_params():
    """No first parameter."""


async def unknown_type(params, city: "Nowhere"):  # noqa: F821
    """A type that does not exist."""


@pytest.mark.parametrize("function", [plain, without_params, unknown_type])
def test_functions_that_cannot_be_offered_are_refused(function):
    with pytest.raises(DirectFunctionMalformed) as caught:
        DirectFunction(function)
    assert caught.value.code == "tools.direct_function"


def test_a_docstring_without_arguments_is_all_description():
    assert read_docstring("Just this: nothing more.") == ("Just this: nothing more.", {})


@pytest.mark.parametrize(
    "native",
    [
        {"type": "function", "function": {"name": "weather", "description": "The weather.", "parameters": PARAMETERS}},
        {"type": "function", "name": "weather", "description": "The weather.", "parameters": PARAMETERS},
        {"name": "weather", "description": "The weather.", "input_schema": PARAMETERS},
        {"function_declarations": [{"name": "weather", "description": "The weather.", "parameters": PARAMETERS}]},
    ],
)
def test_native_formats_are_read_as_schemas(native):  # FUNC-05
    tools = tools_schema_of([native])
    assert tools is not None
    (schema,) = tools.schemas
    assert (schema.name, schema.description, schema.parameters) == ("weather", "The weather.", PARAMETERS)


def test_tools_may_be_mixed_and_found_by_name():  # FUNC-03
    tools = tools_schema_of([WEATHER, order_pizza, {"google_search": {}}, {"type": "web_search"}])
    assert tools is not None
    assert [schema.name for schema in tools.schemas] == ["weather", "order_pizza"]
    assert [function.name for function in tools.direct_functions] == ["order_pizza"]
    assert tools.custom_tools == {
        AdapterType.GEMINI: [{"google_search": {}}],
        AdapterType.OPENAI: [{"type": "web_search"}],
    }
    assert tools.find("weather") is WEATHER
    assert tools.find("nothing") is None


def test_no_tools_is_none_and_a_schema_stays_itself():
    tools = ToolsSchema(standard_tools=[WEATHER])
    assert tools_schema_of(tools) is tools
    assert tools_schema_of([]) is None
    assert tools_schema_of(None) is None


@pytest.mark.parametrize("wrong", [5, {"a": 1, "b": 2}, {"type": "function", "function": {}}])
def test_what_is_no_tool_is_refused(wrong):
    with pytest.raises(ToolsMalformed):
        tools_schema_of([wrong])


def test_good_arguments_pass_and_unknown_ones_and_needless_nulls_are_left_out():
    assert validate_arguments(WEATHER, '{"city": "Rome", "unit": null, "x": 1}') == {"city": "Rome"}
    assert validate_arguments(FunctionSchema("any", ""), {"x": 1}) == {"x": 1}


def check(schema: dict, value: object) -> object:
    return validate_arguments(FunctionSchema("f", "", {"a": schema}, ["a"]), {"a": value})["a"]


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "integer"}, 3.0),
        ({"type": ["string", "null"]}, None),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, 3),
        ({"type": "array", "items": {"type": "number"}}, [1, 2.5]),
        ({}, {"anything": [1]}),
    ],
)
def test_fitting_values_pass(schema, value):
    assert check(schema, value) == value


@pytest.mark.parametrize(
    ("schema", "value", "text"),
    [
        ({"type": "integer"}, "private", "'a' must be integer"),
        ({"type": "integer"}, True, "'a' must be integer"),
        ({"type": "number"}, False, "'a' must be number"),
        ({"type": "string"}, None, "'a' must be string"),
        ({"type": "string", "enum": ["c", "f"]}, "private", '\'a\' must be one of ["c", "f"]'),
        ({"const": 1}, 2, "'a' must be 1"),
        ({"type": "integer", "minimum": 1}, 0, "at least 1"),
        ({"type": "string", "maxLength": 2}, "private", "at most this many characters: 2"),
        ({"type": "array", "items": {"type": "string"}}, ["x", 1], "'a[1]' must be string"),
        ({"type": "object", "properties": {"b": {"type": "string"}}, "required": ["b"]}, {}, "'a.b' is missing"),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, [], "fits none of the forms"),
    ],
)
def test_wrong_values_are_named_without_repeating_them(schema, value, text):
    with pytest.raises(ToolArgumentsInvalid) as caught:
        check(schema, value)
    assert text in str(caught.value)
    assert "private" not in str(caught.value)
    assert caught.value.code == "tool.arguments"


def test_every_problem_is_named_at_once():
    with pytest.raises(ToolArgumentsInvalid, match="'city' is missing; 'unit' must be one of"):
        validate_arguments(WEATHER, {"unit": "kelvin"})


@pytest.mark.parametrize("text", ["{", "[1]", "null", '"x"'])
def test_arguments_that_are_no_object_are_refused(text):
    with pytest.raises(ToolArgumentsInvalid):
        parse_arguments(text)


def test_no_arguments_are_an_empty_object():
    assert parse_arguments("") == parse_arguments(None) == parse_arguments({}) == {}


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=5), st.lists, max_leaves=5))
def test_any_value_is_either_right_or_refused(value):
    try:
        got = validate_arguments(WEATHER, {"city": value})
    except ToolArgumentsInvalid:
        assert not isinstance(value, str)
    else:
        assert got == {"city": value}

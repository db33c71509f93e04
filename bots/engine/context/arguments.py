"""The arguments a model gives a tool, checked before the tool runs."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from bots.engine.errors import ToolError

from .function_schema import FunctionSchema


class ToolArgumentsInvalid(ToolError):
    """A model's arguments do not fit the tool; the text tells the model what to change and repeats no value."""

    code = "tool.arguments"
    next_step = "Make the tool's description and arguments clearer if the model keeps getting them wrong."


def parse_arguments(text: str | Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the arguments of a call as a dict; empty text is no arguments. Error: ``tool.arguments``."""
    if text is None or isinstance(text, Mapping):
        return dict(text or {})
    if not text.strip():
        return {}
    try:
        parsed = json.loads(text)
    except ValueError as error:
        raise ToolArgumentsInvalid("The arguments are not valid JSON.") from error
    if not isinstance(parsed, dict):
        raise ToolArgumentsInvalid("The arguments must be a JSON object.")
    return parsed


def validate_arguments(schema: FunctionSchema, arguments: str | Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the arguments as the tool expects them, or raise ``tool.arguments`` naming everything that is wrong.

    Checked: required, type, enum, const, limits, items and nested objects. Whole numbers written 3.0 become 3. Left out
    are arguments the tool does not declare (unless it declares none) and nulls for optional ones.
    """
    given = parse_arguments(arguments)
    if schema.properties:
        given = {
            name: value
            for name, value in given.items()
            if name in schema.properties and (value is not None or name in schema.required or _takes_null(schema, name))
        }
    problems: list[str] = []
    checked = _object(given, schema.parameters, "", problems)
    if problems:
        raise ToolArgumentsInvalid(f"The arguments of {schema.name} are wrong: {'; '.join(problems)}.")
    return checked


def _takes_null(schema: FunctionSchema, name: str) -> bool:
    problems: list[str] = []
    _value(None, schema.properties[name], name, problems)
    return not problems


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_KINDS: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: _is_number(value) and float(value).is_integer(),
    "number": _is_number,
    "boolean": lambda value: isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
    "null": lambda value: value is None,
}
_LIMITS: tuple[tuple[str, str, Callable[[Any, Any], bool]], ...] = (
    ("minimum", "must be at least", lambda value, limit: not _is_number(value) or value >= limit),
    ("maximum", "must be at most", lambda value, limit: not _is_number(value) or value <= limit),
    (
        "minLength",
        "must have at least this many characters:",
        lambda v, limit: not isinstance(v, str) or len(v) >= limit,
    ),
    (
        "maxLength",
        "must have at most this many characters:",
        lambda v, limit: not isinstance(v, str) or len(v) <= limit,
    ),
    ("minItems", "must have at least this many items:", lambda v, limit: not isinstance(v, list) or len(v) >= limit),
    ("maxItems", "must have at most this many items:", lambda v, limit: not isinstance(v, list) or len(v) <= limit),
)


def _object(value: dict[str, Any], schema: Mapping[str, Any], path: str, problems: list[str]) -> dict[str, Any]:
    properties = schema.get("properties") or {}
    prefix = f"{path}." if path else ""
    problems += [f"'{prefix}{name}' is missing" for name in schema.get("required") or () if name not in value]
    return {
        name: _value(item, properties[name], f"{prefix}{name}", problems) if name in properties else item
        for name, item in value.items()
    }


def _value(value: Any, schema: Mapping[str, Any], path: str, problems: list[str]) -> Any:
    for key in ("anyOf", "oneOf"):
        if choices := schema.get(key):
            return _any_of(value, choices, path, problems)
    kinds = schema.get("type")
    allowed = [kinds] if isinstance(kinds, str) else list(kinds or ())
    kind = next((name for name in allowed if name not in _KINDS or _KINDS[name](value)), None)
    if allowed and kind is None:
        problems.append(f"'{path}' must be {' or '.join(allowed)}")
        return value
    if kind == "integer":
        value = int(value)
    if "enum" in schema and value not in schema["enum"]:
        problems.append(f"'{path}' must be one of {json.dumps(list(schema['enum']), ensure_ascii=False)}")
    if "const" in schema and value != schema["const"]:
        problems.append(f"'{path}' must be {json.dumps(schema['const'], ensure_ascii=False)}")
    problems += [
        f"'{path}' {words} {schema[key]}"
        for key, words, fits in _LIMITS
        if key in schema and not fits(value, schema[key])
    ]
    if isinstance(value, dict):
        return _object(value, schema, path, problems)
    if isinstance(value, list) and isinstance(schema.get("items"), Mapping):
        return [_value(item, schema["items"], f"{path}[{index}]", problems) for index, item in enumerate(value)]
    return value


def _any_of(value: Any, choices: list[Mapping[str, Any]], path: str, problems: list[str]) -> Any:
    for choice in choices:
        wrong: list[str] = []
        checked = _value(value, choice, path, wrong)
        if not wrong:
            return checked
    problems.append(f"'{path}' fits none of the forms it may have")
    return value

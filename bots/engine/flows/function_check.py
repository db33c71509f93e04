"""Whether a function's schema is one that every model accepts."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from bots.engine.errors import Problem

_KEYS = frozenset({"name", "description", "properties", "required", "next", "result", "state"})
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
_TYPES = frozenset({"string", "number", "integer", "boolean", "array", "object", "null"})


def problems_in_function(path: str, function: Any) -> Iterator[Problem]:
    """The mistakes of one function of a static node."""
    if not isinstance(function, Mapping):
        yield Problem("flow.bad_function", path, "must be an object")
        return
    for key in function:
        if key not in _KEYS:
            yield Problem("flow.unknown_key", f"{path}.{key}", "is not known here")
    if not isinstance(function.get("name"), str) or not _NAME.fullmatch(function["name"]):
        yield Problem("flow.bad_function", f"{path}.name", "must be 1-64 letters, digits, '_' or '-'")
    if not isinstance(function.get("description") or "", str):
        yield Problem("flow.wrong_type", f"{path}.description", "must be text")
    yield from _schema(path, function)
    yield from _state(f"{path}.state", function.get("state"))


def _schema(path: str, function: Mapping[str, Any]) -> Iterator[Problem]:
    properties = function.get("properties") or {}
    if not isinstance(properties, Mapping):
        yield Problem("flow.bad_schema", f"{path}.properties", "must be an object of JSON schemas")
        return
    for name, schema in properties.items():
        kinds = schema.get("type") if isinstance(schema, Mapping) else None
        listed = kinds if isinstance(kinds, list) else [kinds]
        shaped = isinstance(schema, Mapping) and any(key in schema for key in ("enum", "anyOf", "oneOf", "const"))
        if not shaped and not all(isinstance(kind, str) and kind in _TYPES for kind in listed):
            yield Problem("flow.bad_schema", f"{path}.properties.{name}", "needs a 'type' such as string or number")
    required = function.get("required") or []
    if not isinstance(required, (list, tuple)):
        yield Problem("flow.bad_schema", f"{path}.required", "must be a list of property names")
        return
    for name in required:
        if name not in properties:
            yield Problem("flow.bad_schema", f"{path}.required", f"names '{name}', which is no property")


def _state(path: str, steps: Any) -> Iterator[Problem]:
    if steps is None:
        return
    if not isinstance(steps, list):
        yield Problem("flow.wrong_type", path, "must be a list")
        return
    for index, step in enumerate(steps):
        sets = isinstance(step, Mapping) and isinstance(step.get("set"), str)
        adds = isinstance(step, Mapping) and isinstance(step.get("add"), str)
        amount = step.get("amount", 1) if adds else 1
        if sets == adds or isinstance(amount, bool) or not isinstance(amount, (int, float)):
            yield Problem(
                "flow.bad_state", f"{path}[{index}]", "needs 'set' and 'to', or 'add' and a number as 'amount'"
            )

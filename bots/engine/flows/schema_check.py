"""Whether a JSON Schema is one that models accept: types that exist, lists that hold something, names that match."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bots.engine.errors import Problem

_TYPES = frozenset({"string", "number", "integer", "boolean", "array", "object", "null"})
_SHAPES = ("enum", "anyOf", "oneOf", "allOf", "const", "$ref")
_LIMITS = ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "multipleOf")
_DEPTH = 12


def problems_in_properties(path: str, properties: Any, required: Any, depth: int = 0) -> Iterator[Problem]:
    """The mistakes of an object's properties and of the names that are required."""
    if not isinstance(properties, Mapping):
        yield Problem("flow.bad_schema", f"{path}.properties", "must be an object of JSON schemas")
        return
    for name, schema in properties.items():
        yield from _schema(f"{path}.properties.{name}", schema, depth + 1)
    if not isinstance(required, (list, tuple)):
        yield Problem("flow.bad_schema", f"{path}.required", "must be a list of property names")
        return
    for name in required:
        if not isinstance(name, str) or name not in properties:
            yield Problem("flow.bad_schema", f"{path}.required", f"names '{name}', which is no property")


def _schema(path: str, schema: Any, depth: int) -> Iterator[Problem]:
    if depth > _DEPTH:
        yield Problem("flow.bad_schema", path, "is nested too deeply")
        return
    if not isinstance(schema, Mapping):
        yield Problem("flow.bad_schema", path, "needs a 'type' such as string or number")
        return
    kinds = schema.get("type")
    listed = kinds if isinstance(kinds, list) and kinds else [kinds]
    shaped = any(key in schema for key in _SHAPES)
    if not (kinds is None and shaped) and not all(isinstance(kind, str) and kind in _TYPES for kind in listed):
        yield Problem("flow.bad_schema", path, "needs a 'type' such as string or number")
    yield from _values(path, schema)
    yield from _inside(path, schema, depth)


def _values(path: str, schema: Mapping[str, Any]) -> Iterator[Problem]:
    if "enum" in schema and not (isinstance(schema["enum"], list) and schema["enum"]):
        yield Problem("flow.bad_schema", f"{path}.enum", "must list at least one value")
    for key in _LIMITS:
        if key in schema and (isinstance(schema[key], bool) or not isinstance(schema[key], (int, float))):
            yield Problem("flow.bad_schema", f"{path}.{key}", "must be a number")
    if "description" in schema and not isinstance(schema["description"], str):
        yield Problem("flow.bad_schema", f"{path}.description", "must be text")


def _inside(path: str, schema: Mapping[str, Any], depth: int) -> Iterator[Problem]:
    if "properties" in schema or "required" in schema:
        yield from problems_in_properties(path, schema.get("properties") or {}, schema.get("required") or [], depth)
    if isinstance(schema.get("items"), Mapping):
        yield from _schema(f"{path}.items", schema["items"], depth + 1)
    elif "items" in schema and not isinstance(schema["items"], (bool, list)):
        yield Problem("flow.bad_schema", f"{path}.items", "must be a JSON schema")
    for key in ("anyOf", "oneOf", "allOf"):
        choices = schema.get(key, ())
        if key in schema and not (isinstance(choices, list) and choices):
            yield Problem("flow.bad_schema", f"{path}.{key}", "must list at least one JSON schema")
        for index, choice in enumerate(choices if isinstance(choices, list) else ()):
            yield from _schema(f"{path}.{key}[{index}]", choice, depth + 1)

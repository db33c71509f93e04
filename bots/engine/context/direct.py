"""Functions that describe themselves by signature and docstring (FUNC-04)."""

from __future__ import annotations

import inspect
import re
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any

from bots.engine.errors import SpecError

from .function_schema import FunctionSchema

_PLAIN: dict[object, str] = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}
_ARGUMENT = re.compile(r"^(\s*)\*{0,2}(\w+)\s*(?:\([^)]*\))?\s*:\s*(.*)$")
_SECTION = re.compile(
    r"^\s*(?:Args|Arguments|Parameters|Returns|Return|Raises|Yields|Example|Examples|Note|Notes)\s*:\s*$"
)


class DirectFunctionMalformed(SpecError, ValueError):
    """A function cannot be offered to a model as it is."""

    code = "tools.direct_function"
    next_step = "Make it `async def name(params, argument: type, …)` with a docstring."


class DirectFunction:
    """An async function offered to the model (FUNC-04): first the call's ``FunctionCallParams``, then arguments.

    Name, description, arguments and which of them are required are read from it. Errors: ``tools.direct_function``.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        if not inspect.iscoroutinefunction(function):
            raise DirectFunctionMalformed("A direct function must be an async function.")
        parameters = list(inspect.signature(function).parameters.values())
        if not parameters or parameters[0].kind not in (
            parameters[0].POSITIONAL_ONLY,
            parameters[0].POSITIONAL_OR_KEYWORD,
        ):
            raise DirectFunctionMalformed("A direct function takes the call's params first.")
        if any(parameter.kind is parameter.POSITIONAL_ONLY for parameter in parameters[1:]):
            raise DirectFunctionMalformed("The arguments of a direct function must be passable by name.")
        self.function = function
        self.name: str = function.__name__
        self._open = any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters)
        self.schema = _schema_of(
            function, [p for p in parameters[1:] if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
        )

    async def __call__(self, params: object, arguments: Mapping[str, Any]) -> Any:
        """Call the function with the model's arguments; ones it does not know are left out."""
        known = {name: arguments[name] for name in arguments if self._open or name in self.schema.properties}
        return await self.function(params, **known)


def _schema_of(function: Callable[..., Any], parameters: Sequence[inspect.Parameter]) -> FunctionSchema:
    description, about = read_docstring(inspect.getdoc(function) or "")
    properties = {}
    for parameter in parameters:
        schema = json_schema_of(_resolved(function, parameter))
        if parameter.name in about:
            schema["description"] = about[parameter.name]
        properties[parameter.name] = schema
    required = [parameter.name for parameter in parameters if parameter.default is parameter.empty]
    return FunctionSchema(function.__name__, description, properties, required)


def _resolved(function: Callable[..., Any], parameter: inspect.Parameter) -> Any:
    """Return the parameter's type; one that cannot be resolved takes anything."""
    holder = types.SimpleNamespace(__annotations__={"it": parameter.annotation})
    if parameter.annotation is parameter.empty:
        return Any
    try:
        return typing.get_type_hints(holder, globalns=function.__globals__)["it"]
    except NameError as error:
        raise DirectFunctionMalformed(f"The type of argument '{parameter.name}' cannot be found.") from error


def json_schema_of(annotation: Any) -> dict[str, Any]:
    """Return the JSON Schema of a Python type; ``{}`` (anything) for what JSON does not know."""
    if annotation in _PLAIN:
        return {"type": _PLAIN[annotation]}
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Literal:
        return _enum_of(inner)
    if origin in (typing.Union, types.UnionType):
        choices = [json_schema_of(choice) for choice in inner if choice is not type(None)]
        return choices[0] if len(choices) == 1 else {"anyOf": choices}
    if annotation in (list, tuple, set) or origin in (list, tuple, set, Sequence):
        return {"type": "array", **({"items": json_schema_of(inner[0])} if inner else {})}
    if typing.is_typeddict(annotation):
        hints = typing.get_type_hints(annotation)
        properties = {name: json_schema_of(hint) for name, hint in hints.items()}
        return {"type": "object", "properties": properties, "required": sorted(annotation.__required_keys__)}
    if annotation is dict or origin in (dict, Mapping):
        return {"type": "object"}
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return _enum_of([member.value for member in annotation])
    return {}


def _enum_of(values: Sequence[Any]) -> dict[str, Any]:
    kinds = {_PLAIN.get(type(value)) for value in values}
    kind = kinds.pop() if len(kinds) == 1 else None
    return {**({"type": kind} if kind else {}), "enum": list(values)}


def read_docstring(text: str) -> tuple[str, dict[str, str]]:
    """Return what stands before the sections of a docstring, and what its ``Args:`` say of each argument."""
    before: list[str] = []
    about: dict[str, str] = {}
    section, depth, name = "", -1, ""
    for line in text.splitlines():
        if _SECTION.match(line):
            section, depth, name = line.strip().rstrip(": ").lower(), -1, ""
        elif not section:
            before.append(line)
        elif section in ("args", "arguments", "parameters"):
            found = _ARGUMENT.match(line)
            if found and (depth < 0 or len(found[1]) <= depth):
                depth, name = len(found[1]), found[2]
                about[name] = found[3].strip()
            elif name and line.strip():
                about[name] = f"{about[name]} {line.strip()}".strip()
    return " ".join(" ".join(before).split()), about

"""Any form of a node's function as one schema with a handler (FLOW-08…FLOW-10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bots.engine.context.direct import DirectFunction as DescribedFunction
from bots.engine.context.function_schema import FunctionSchema
from bots.engine.errors import SpecError
from bots.engine.flows.errors import InvalidFunctionError
from bots.engine.flows.function_check import problems_in_function
from bots.engine.flows.static import static_function
from bots.engine.flows.types import Flow, FlowArgs, FlowsFunctionSchema, NodeConfig


def functions_of(node: NodeConfig) -> dict[str, FlowsFunctionSchema]:
    """The functions of a node by name; InvalidFunctionError when one cannot be offered."""
    found: dict[str, FlowsFunctionSchema] = {}
    for entry in node.get("functions") or ():
        function = function_of(entry)
        if function.name in found:
            raise InvalidFunctionError(f"The function {function.name} is offered twice in one node.")
        found[function.name] = function
    return found


def function_of(entry: Any) -> FlowsFunctionSchema:
    """One function: a schema, plain JSON of a static flow, or a direct function."""
    if isinstance(entry, FlowsFunctionSchema):
        plain = {"name": entry.name, "properties": entry.properties, "required": list(entry.required)}
        _check(plain)
        if not callable(entry.handler):
            raise InvalidFunctionError(f"The function {entry.name} has no handler.")
        return entry
    if isinstance(entry, Mapping):
        _check(entry)
        return static_function(entry)
    if callable(entry):
        return _direct(entry)
    raise InvalidFunctionError(f"A {type(entry).__name__} is no function of a node.")


def _check(plain: Mapping[str, Any]) -> None:
    problem = next(problems_in_function("function", plain), None)
    if problem is not None:
        raise InvalidFunctionError(str(problem))


def _direct(function: Any) -> FlowsFunctionSchema:
    """A function whose first parameter is the flow manager; its schema is its signature and docstring (FLOW-10)."""
    try:
        described = DescribedFunction(function)
    except SpecError as error:
        raise InvalidFunctionError(error.message) from error

    async def answer(args: FlowArgs, flow: Flow) -> tuple[Any, NodeConfig | str | None]:
        result: tuple[Any, NodeConfig | str | None] = await described(flow, args)
        return result

    schema = described.schema
    return FlowsFunctionSchema(schema.name, schema.description, schema.properties, schema.required, answer)


def schema_for_model(function: FlowsFunctionSchema) -> FunctionSchema:
    """What the model is told of a function."""
    return FunctionSchema(function.name, function.description, dict(function.properties), list(function.required))

"""Any form of a node's function as one schema with a handler (FLOW-08…10)."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import replace
from typing import Any

from bots.engine.context.direct import DirectFunction as DescribedFunction
from bots.engine.context.function_schema import FunctionSchema
from bots.engine.errors import Problem, SpecError
from bots.engine.flows.errors import InvalidFunctionError
from bots.engine.flows.forms import canonical_functions
from bots.engine.flows.function_check import problems_in_function
from bots.engine.flows.static import paired, static_function
from bots.engine.flows.types import FlowArgs, FlowHandler, FlowsFunctionSchema, NodeConfig, RunningFlow


def functions_of(node: NodeConfig, everywhere: Iterable[Any] = ()) -> dict[str, FlowsFunctionSchema]:
    """The functions of a node by name, then those of every node; InvalidFunctionError when one cannot be offered."""
    found: dict[str, FlowsFunctionSchema] = {}
    for entry in node.get("functions") or ():
        for function in functions_in(entry):
            if function.name in found:
                raise InvalidFunctionError(f"The function {function.name} is offered twice in one node.")
            found[function.name] = function
    for entry in everywhere:
        for function in functions_in(entry):
            found.setdefault(function.name, function)
    return found


def functions_in(entry: Any) -> list[FlowsFunctionSchema]:
    """The functions of one entry: a schema, a direct function, or JSON in any form that is known."""
    if isinstance(entry, FlowsFunctionSchema):
        return [_with_handler(entry)]
    if isinstance(entry, Mapping):
        problems: list[Problem] = []
        definitions = list(canonical_functions("function", entry, problems))
        for definition in definitions:
            problems += problems_in_function("function", definition)
        if problems:
            raise InvalidFunctionError(str(problems[0]))
        return [_from_json(definition) for definition in definitions]
    if callable(entry):
        return [_direct(entry)]
    raise InvalidFunctionError(f"A {type(entry).__name__} is no function of a node.")


def _from_json(definition: Mapping[str, Any]) -> FlowsFunctionSchema:
    handler = definition.get("handler")
    made = static_function(definition)
    if not callable(handler):
        return made
    following = definition.get("next")
    if following is not None and not isinstance(following, str):
        raise InvalidFunctionError(f"{made.name}: beside code, the node that follows is a name or nothing.")
    return _with_handler(replace(made, handler=handler, transition_to=following, tool=""))


def _with_handler(schema: FlowsFunctionSchema) -> FlowsFunctionSchema:
    plain = {"name": schema.name, "properties": schema.properties, "required": list(schema.required)}
    problem = next(problems_in_function("function", plain), None)
    if problem is not None:
        raise InvalidFunctionError(str(problem))
    if schema.handler is None and schema.transition_to is None and schema.transition_callback is None:
        raise InvalidFunctionError(f"The function {schema.name} has no handler.")
    if schema.handler is not None and not isinstance(schema.handler, str):
        if not _is_async(schema.handler):
            raise InvalidFunctionError(f"The handler of {schema.name} must be an async function.")
        if not schema.transition_to and not schema.transition_callback and takes_flow(schema.handler):
            return schema
    twin = copy(schema)  # not `replace`: making a schema with a deprecated part warns, and it was made once already
    object.__setattr__(twin, "handler", _answering(schema))
    object.__setattr__(twin, "tool", schema.handler if isinstance(schema.handler, str) else "")
    return twin


def _is_async(handler: Any) -> bool:
    """Whether a function, or an object that can be called, is async."""
    return inspect.iscoroutinefunction(handler) or inspect.iscoroutinefunction(type(handler).__call__)


def takes_flow(handler: Any) -> bool:
    """Whether a handler takes the flow manager beside the arguments; the oldest ones do not."""
    return len(inspect.signature(handler).parameters) > 1


def _answering(schema: FlowsFunctionSchema) -> FlowHandler:
    """A handler for a schema that names its handler, or what follows, in the old way."""
    handler: Any = schema.handler

    async def answer(args: FlowArgs, flow: RunningFlow) -> tuple[Any, NodeConfig | str | None]:
        if isinstance(handler, str):
            given = await flow.call_handler(handler, args)
        elif handler is None:
            given = None
        else:
            given = await (handler(args, flow) if takes_flow(handler) else handler(args))
        result, target = paired(given)
        return result, schema.transition_to if target is None else target

    return answer


def _direct(function: Any) -> FlowsFunctionSchema:
    """A function whose first parameter is the flow manager; its schema is its signature and docstring (FLOW-10)."""
    try:
        described = DescribedFunction(function)
    except SpecError as error:
        raise InvalidFunctionError(error.message) from error

    async def answer(args: FlowArgs, flow: RunningFlow) -> tuple[Any, NodeConfig | str | None]:
        result: tuple[Any, NodeConfig | str | None] = await described(flow, args)
        return result

    schema = described.schema
    return FlowsFunctionSchema(schema.name, schema.description, schema.properties, schema.required, answer)


def schema_for_model(function: FlowsFunctionSchema) -> FunctionSchema:
    """What the model is told of a function (FLOW-17)."""
    return FunctionSchema(function.name, function.description, dict(function.properties), list(function.required))

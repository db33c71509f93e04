"""The forms a flow may be written in, brought into the one this package works with (FLOW-05, FLOW-08, FLOW-17).

A function may stand there as `{"name", "description", "properties", "required", "handler", "transition_to"}`, in the
format of OpenAI (`{"type": "function", "function": {…, "parameters"}}`), Anthropic (`input_schema`) or Gemini
(`function_declarations`). In our form `transition_to` is `next`, which may also choose by a value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bots.engine.errors import Problem

FLOW_KEYS = ("initial_node", "nodes", "global_functions")
NODE_KEYS = (
    "name", "role_messages", "task_messages", "functions", "pre_actions", "post_actions", "context_strategy",
    "respond_immediately",
)  # fmt: skip
_LISTS = ("role_messages", "functions", "pre_actions", "post_actions")
_PLAIN_KEYS = ("name", "description", "properties", "required", "result", "state", "timeout_s",
               "cancel_on_interruption")  # fmt: skip
_CODE_MARK = "__function__:"


def canonical_flow(document: Any) -> tuple[Any, list[Problem]]:
    """Return a flow in our form, and what of it is not known and therefore left out; nothing is checked beyond that."""
    found: list[Problem] = []
    if not isinstance(document, Mapping):
        return document, found
    flow: dict[str, Any] = {}
    for key, value in document.items():
        if key == "nodes" and isinstance(value, Mapping):
            flow[key] = {name: canonical_node(f"$.nodes.{name}", node, found) for name, node in value.items()}
        elif key == "global_functions" and isinstance(value, list):
            flow[key] = list(_functions(f"$.{key}", value, found))
        elif key in FLOW_KEYS:
            flow[key] = value
        else:
            found.append(Problem("flow.unknown_key", f"$.{key}", "is not known here"))
    return flow, found


def canonical_node(path: str, node: Any, found: list[Problem]) -> Any:
    """Return a node in our form; what is not known goes into ``found``."""
    if not isinstance(node, Mapping):
        return node
    made: dict[str, Any] = {}
    for key, value in node.items():
        if key == "messages" and "task_messages" not in node:
            made["task_messages"] = value
        elif key == "role_message" and "role_messages" not in node and isinstance(value, str):
            made["role_messages"] = [{"role": "system", "content": value}]
        elif key == "functions" and isinstance(value, (list, tuple)):
            made[key] = list(_functions(f"{path}.functions", value, found))
        elif key == "context_strategy":
            made[key] = _strategy(value)
        elif key in NODE_KEYS:
            made[key] = value
        else:
            found.append(Problem("flow.unknown_key", f"{path}.{key}", "is not known here"))
    return {key: value for key, value in made.items() if value is not None and not (key in _LISTS and value == [])}


def _strategy(value: Any) -> Any:
    if isinstance(value, str):
        return {"strategy": value.removeprefix("ContextStrategy.").lower()}
    if isinstance(value, Mapping) and isinstance(value.get("strategy"), str):
        named = {**value, "strategy": value["strategy"].removeprefix("ContextStrategy.").lower()}
        return {key: part for key, part in named.items() if part is not None}
    return value


def _functions(path: str, entries: list[Any] | tuple[Any, ...], found: list[Problem]) -> Iterator[Any]:
    for index, entry in enumerate(entries):
        yield from canonical_functions(f"{path}[{index}]", entry, found)


def canonical_functions(path: str, entry: Any, found: list[Problem]) -> Iterator[Any]:
    """Yield the functions of an entry in our form: one, or several of Gemini's; code is passed through."""
    if not isinstance(entry, Mapping):
        yield entry
    elif isinstance(entry.get("function_declarations"), list):
        _note_rest(path, entry, ("function_declarations",), found)
        for index, declaration in enumerate(entry["function_declarations"]):
            yield _function(f"{path}.function_declarations[{index}]", declaration, found)
    elif isinstance(entry.get("function"), Mapping):
        inner = entry["function"]
        same_name = ("name",) if entry.get("name") == inner.get("name") else ()
        _note_rest(path, entry, ("type", "function", *same_name), found)
        yield _function(f"{path}.function", inner, found)
    else:
        rest = {key: value for key, value in entry.items() if not (key == "type" and value == "function")}
        yield _function(path, rest, found)


def _function(path: str, function: Any, found: list[Problem]) -> Any:
    if not isinstance(function, Mapping):
        return function
    made: dict[str, Any] = {}
    for key, value in function.items():
        if key in ("parameters", "input_schema") and isinstance(value, Mapping):
            _note_rest(f"{path}.{key}", value, ("type", "properties", "required"), found)
            made |= {part: value[part] for part in ("properties", "required") if part in value}
        elif key == "handler":
            made[key] = value.removeprefix(_CODE_MARK) if isinstance(value, str) else value
        elif key in ("next", "transition_to"):
            if made.get("next") not in (None, value) and value is not None:
                found.append(Problem("flow.two_targets", f"{path}.{key}", "names a second node that follows"))
            made["next"] = value if value is not None else made.get("next")
        elif key == "transition_callback":
            if value is not None:
                found.append(Problem("flow.needs_code", f"{path}.{key}", "is code; name a node or a handler instead"))
        elif key in _PLAIN_KEYS:
            made[key] = list(value) if key == "required" and isinstance(value, tuple) else value
        else:
            found.append(Problem("flow.unknown_key", f"{path}.{key}", "is not known here"))
    empty: dict[str, Any] = {"description": "", "properties": {}, "required": [], "state": []}
    return {key: value for key, value in made.items() if value is not None and value != empty.get(key)}


def _note_rest(path: str, entry: Mapping[str, Any], known: tuple[str, ...], found: list[Problem]) -> None:
    found += [Problem("flow.unknown_key", f"{path}.{key}", "is not known here") for key in entry if key not in known]


def public_flow(config: Mapping[str, Any], *, wrapped: bool = True) -> dict[str, Any]:
    """Return a flow of plain JSON in the public format: functions wrapped as OpenAI's, or flat with `properties`."""

    def function(entry: Any) -> Any:
        return _public_function(entry, wrapped=wrapped) if isinstance(entry, Mapping) else entry

    flow, _ = canonical_flow(config)
    nodes = {
        name: {**node, "functions": [function(entry) for entry in node["functions"]]} if "functions" in node else node
        for name, node in flow.get("nodes", {}).items()
    }
    made = {**flow, "nodes": nodes}
    if "global_functions" in flow:
        made["global_functions"] = [function(entry) for entry in flow["global_functions"]]
    return made


def _public_function(function: Mapping[str, Any], *, wrapped: bool) -> dict[str, Any]:
    made: dict[str, Any] = {"name": function.get("name"), "description": function.get("description", "")}
    properties, required = function.get("properties", {}), function.get("required", [])
    if wrapped:
        made["parameters"] = {"type": "object", "properties": properties, "required": required}
    else:
        made |= {"properties": properties, "required": required}
    if "handler" in function:
        made["handler"] = function["handler"]
    if "next" in function:
        made["transition_to" if isinstance(function["next"], str) else "next"] = function["next"]
    made |= {
        key: value
        for key, value in function.items()
        if key in _PLAIN_KEYS and key not in ("properties", "required", *made)
    }
    return {"type": "function", "function": made} if wrapped else made

"""Functions of a static flow: plain JSON that keeps state, gives a result and names the next node (FLOW-05)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bots.engine.flows.branches import case_name, chosen
from bots.engine.flows.types import Flow, FlowArgs, FlowsFunctionSchema, NodeConfig

_PLACEHOLDER = re.compile(r"\{(state\.)?([A-Za-z_]\w{0,80})\}")


def static_function(definition: Mapping[str, Any]) -> FlowsFunctionSchema:
    """Make a function of its JSON.

    Besides the schema it may hold `state` (a list of steps: {"set": name, "to": value} or {"add": name, "amount": n},
    each with `when`: {argument: value}), `result` and `next`, both plain or chosen by an argument.
    """

    async def answer(args: FlowArgs, flow: Flow) -> tuple[Any, NodeConfig | str | None]:
        return outcome(definition, args, flow.state)

    return FlowsFunctionSchema(
        name=definition["name"],
        description=definition.get("description") or "",
        properties=definition.get("properties") or {},
        required=tuple(definition.get("required") or ()),
        handler=answer,
    )


def outcome(definition: Mapping[str, Any], args: FlowArgs, state: dict[str, Any]) -> tuple[Any, str | None]:
    """Keep state, then the result and the next node's name; None as next stays in the node."""
    for step in definition.get("state") or ():
        if _applies(step.get("when") or {}, args):
            _take(step, args, state)
    return _filled(chosen(definition.get("result"), args), args, state), chosen(definition.get("next"), args)


def _applies(when: Mapping[str, Any], args: FlowArgs) -> bool:
    for name, wanted in when.items():
        allowed = wanted if isinstance(wanted, list) else [wanted]
        if case_name(args.get(name)) not in [case_name(value) for value in allowed]:
            return False
    return True


def _take(step: Mapping[str, Any], args: FlowArgs, state: dict[str, Any]) -> None:
    if "set" in step:
        state[step["set"]] = _filled(step.get("to"), args, state)
    elif "add" in step:
        before = state.get(step["add"], 0)
        state[step["add"]] = (before if isinstance(before, (int, float)) else 0) + step.get("amount", 1)


def _filled(value: Any, args: FlowArgs, state: Mapping[str, Any]) -> Any:
    """Put arguments and state into texts; a lone placeholder keeps the value's type."""
    if isinstance(value, Mapping):
        return {key: _filled(part, args, state) for key, part in value.items()}
    if isinstance(value, list):
        return [_filled(part, args, state) for part in value]
    if not isinstance(value, str):
        return value
    if alone := _PLACEHOLDER.fullmatch(value):
        return _value(alone, args, state)
    return _PLACEHOLDER.sub(lambda match: str(_value(match, args, state) or ""), value)


def _value(match: re.Match[str], args: FlowArgs, state: Mapping[str, Any]) -> Any:
    return (state if match[1] else args).get(match[2])

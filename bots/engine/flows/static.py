"""Functions of a static flow: plain JSON that keeps state, gives a result and names the next node (FLOW-05)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from bots.engine.flows.branches import case_name, chosen, is_branch
from bots.engine.flows.types import FlowArgs, FlowsFunctionSchema, NodeConfig, RunningFlow

_PLACEHOLDER = re.compile(r"\{(state\.|result\.)?([A-Za-z_]\w{0,80})\}")


def static_function(definition: Mapping[str, Any]) -> FlowsFunctionSchema:
    """Make a function of its JSON.

    Besides the schema it may hold `handler` (a tool's name; what the tool answers is the result), `state` (a list of
    steps: {"set": name, "to": value} or {"add": name, "amount": n}, each with `when`: {argument: value}), `result` and
    `next`, both plain or chosen by a value. A handler that answers with an error does not lead on, unless `next` looks
    at its result.
    """
    handler = definition.get("handler")

    async def answer(args: FlowArgs, flow: RunningFlow) -> tuple[Any, NodeConfig | str | None]:
        if not isinstance(handler, str):
            return outcome(definition, args, flow.state)
        returned, target = paired(await flow.call_handler(handler, args))
        result, following = outcome(definition, args, flow.state, returned)
        return result, following if target is None else target

    return FlowsFunctionSchema(
        name=definition["name"],
        description=definition.get("description") or "",
        properties=definition.get("properties") or {},
        required=tuple(definition.get("required") or ()),
        handler=answer,
        timeout_s=definition.get("timeout_s"),
        cancel_on_interruption=bool(definition.get("cancel_on_interruption")),
        tool=handler if isinstance(handler, str) else "",
    )


def paired(answer: Any) -> tuple[Any, Any]:
    """A handler's answer as result and next node: old handlers and tools give the result alone."""
    led = isinstance(answer, tuple) and len(answer) == 2 and isinstance(answer[1], (str, dict, type(None)))
    return (answer[0], answer[1]) if led else (answer, None)


def outcome(
    definition: Mapping[str, Any], args: FlowArgs, state: dict[str, Any], returned: Any = None
) -> tuple[Any, str | None]:
    """Keep state, then the result and the next node's name; None as next stays in the node."""
    for step in definition.get("state") or ():
        if _applies(step.get("when") or {}, args):
            _take(step, args, state, returned)
    result = returned
    if definition.get("result") is not None:
        result = _filled(chosen(definition["result"], args, state, returned), args, state, returned)
    following = definition.get("next")
    if _is_error(returned) and not (is_branch(following) and str(following["by"]).startswith("result.")):
        return result, None
    return result, chosen(following, args, state, returned)


def _is_error(returned: Any) -> bool:
    return isinstance(returned, Mapping) and bool(returned.get("error"))


def _applies(when: Mapping[str, Any], args: FlowArgs) -> bool:
    for name, wanted in when.items():
        allowed = wanted if isinstance(wanted, list) else [wanted]
        if case_name(args.get(name)) not in [case_name(value) for value in allowed]:
            return False
    return True


def _take(step: Mapping[str, Any], args: FlowArgs, state: dict[str, Any], returned: Any) -> None:
    if "set" in step:
        state[step["set"]] = _filled(step.get("to"), args, state, returned)
    elif "add" in step:
        before = state.get(step["add"], 0)
        state[step["add"]] = (before if isinstance(before, (int, float)) else 0) + step.get("amount", 1)


def _filled(value: Any, args: FlowArgs, state: Mapping[str, Any], returned: Any) -> Any:
    """Put arguments, state and the handler's result into texts; a lone placeholder keeps the value's type."""
    if isinstance(value, Mapping):
        return {key: _filled(part, args, state, returned) for key, part in value.items()}
    if isinstance(value, list):
        return [_filled(part, args, state, returned) for part in value]
    if not isinstance(value, str):
        return value

    def found(match: re.Match[str]) -> Any:
        source = {"state.": state, "result.": returned}.get(match[1] or "", args)
        return source.get(match[2]) if isinstance(source, Mapping) else None

    if alone := _PLACEHOLDER.fullmatch(value):
        return found(alone)
    return _PLACEHOLDER.sub(lambda match: str(found(match) if found(match) is not None else ""), value)

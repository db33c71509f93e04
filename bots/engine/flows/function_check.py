"""Whether a function's schema is one that every model accepts."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from bots.engine.errors import Problem
from bots.engine.flows.schema_check import problems_in_properties

_KEYS = frozenset(
    {
        "name", "description", "properties", "required", "handler", "next", "result", "state", "timeout_s",
        "cancel_on_interruption",
    }
)  # fmt: skip
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")
_LONGEST_S = 600


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
    yield from problems_in_properties(path, function.get("properties") or {}, function.get("required") or [])
    yield from _state(f"{path}.state", function.get("state"))
    yield from _rules(path, function)


def _rules(path: str, function: Mapping[str, Any]) -> Iterator[Problem]:
    handler = function.get("handler")
    if handler is not None and not callable(handler) and not (isinstance(handler, str) and handler.strip()):
        yield Problem("flow.bad_function", f"{path}.handler", "must name a tool of the bot")
    seconds = function.get("timeout_s")
    if seconds is not None and (
        isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 < seconds <= _LONGEST_S
    ):
        yield Problem("flow.bad_function", f"{path}.timeout_s", f"must be a number of seconds, at most {_LONGEST_S}")
    if not isinstance(function.get("cancel_on_interruption") or False, bool):
        yield Problem("flow.wrong_type", f"{path}.cancel_on_interruption", "must be true or false")


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
        when = step.get("when") if isinstance(step, Mapping) else None
        if sets == adds or isinstance(amount, bool) or not isinstance(amount, (int, float)):
            yield Problem(
                "flow.bad_state", f"{path}[{index}]", "needs 'set' and 'to', or 'add' and a number as 'amount'"
            )
        elif when is not None and not isinstance(when, Mapping):
            yield Problem("flow.bad_state", f"{path}[{index}].when", "must map arguments to values")

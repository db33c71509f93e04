"""Choosing by a value: `{"by": "answer", "cases": {"yes": …}, "default": …}`.

`by` names an argument of the call; with `result.` or `state.` before it, a value of the handler's result or the flow's
state.
"""

from collections.abc import Iterator, Mapping
from typing import Any, TypeGuard

KEYS = frozenset({"by", "cases", "default"})
OUTSIDE = ("result.", "state.")


def is_branch(value: Any) -> TypeGuard[Mapping[str, Any]]:
    """Whether a value chooses by another one."""
    return isinstance(value, Mapping) and "by" in value and KEYS.issuperset(value)


def case_name(value: Any) -> str:
    """A value as the key of a case: JSON's own words for true, false and null, texts trimmed and in lower case."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).strip().lower()


def chosen(value: Any, arguments: Mapping[str, Any], state: Mapping[str, Any] | None = None, result: Any = None) -> Any:
    """The value itself, or the case that fits what `by` names, or the default."""
    if not is_branch(value):
        return value
    wanted = case_name(_named(str(value["by"]), arguments, state or {}, result))
    for key, case in (value.get("cases") or {}).items():
        if case_name(key) == wanted:
            return case
    return value.get("default")


def _named(path: str, arguments: Mapping[str, Any], state: Mapping[str, Any], result: Any) -> Any:
    head, dot, rest = path.partition(".")
    if dot and head == "result":
        return result.get(rest) if isinstance(result, Mapping) else None
    return state.get(rest) if dot and head == "state" else arguments.get(path)


def targets(value: Any) -> Iterator[Any]:
    """Everything a value may come to."""
    if is_branch(value):
        cases = value.get("cases")
        yield from cases.values() if isinstance(cases, Mapping) else ()
        if value.get("default") is not None:
            yield value["default"]
    elif value is not None:
        yield value

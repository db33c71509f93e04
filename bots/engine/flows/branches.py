"""Choosing by an argument: `{"by": "answer", "cases": {"yes": …}, "default": …}`."""

from collections.abc import Iterator, Mapping
from typing import Any

KEYS = frozenset({"by", "cases", "default"})


def is_branch(value: Any) -> bool:
    """Whether a value chooses by an argument."""
    return isinstance(value, Mapping) and "by" in value and KEYS.issuperset(value)


def case_name(value: Any) -> str:
    """A value as the key of a case: JSON's own words for true, false and null, texts trimmed and in lower case."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).strip().lower()


def chosen(value: Any, arguments: Mapping[str, Any]) -> Any:
    """The value itself, or the case that fits the argument, or the default."""
    if not is_branch(value):
        return value
    wanted = case_name(arguments.get(value["by"]))
    for key, case in (value.get("cases") or {}).items():
        if case_name(key) == wanted:
            return case
    return value.get("default")


def targets(value: Any) -> Iterator[Any]:
    """Everything a value may come to."""
    if is_branch(value):
        cases = value.get("cases")
        yield from cases.values() if isinstance(cases, Mapping) else ()
        if value.get("default") is not None:
            yield value["default"]
    elif value is not None:
        yield value

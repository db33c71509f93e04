"""What the tools of one call may use, and what every kind of tool must say of itself (PROD-19)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any

from bots.engine.errors import SpecError
from bots.engine.spec import ToolSpec

from .egress.client import EgressClient
from .phone_line import PhoneLine
from .registry import FunctionHandler


class ToolMisconfigured(SpecError, ValueError):
    """A tool's settings cannot work."""

    code = "tool.misconfigured"


@dataclass(frozen=True, slots=True)
class ToolEnvironment:
    """The outside of one call's tools.

    ``secrets`` by credential name, ``phone`` the telephone line if there is one, ``page`` runs a function in the
    caller's page, ``functions`` are the Python functions this server offers, by name, ``programs`` the command lines of
    MCP servers it may start.
    """

    egress: EgressClient = field(default_factory=EgressClient)
    secrets: Mapping[str, str] = field(default_factory=dict)
    phone: PhoneLine | None = None
    page: FunctionHandler | None = None
    functions: Mapping[str, FunctionHandler] = field(default_factory=dict)
    programs: Mapping[str, Sequence[str]] = field(default_factory=dict)


Finding = tuple[str, str]
"""The name of a setting, and what is wrong with it."""


def _nothing(spec: ToolSpec, settings: Any) -> Iterator[Finding]:
    yield from ()


def _no_time(settings: Any) -> float:
    return 0.0


@dataclass(frozen=True, slots=True)
class ToolKind:
    """A way of making a tool without code: its settings (a dataclass with help texts), and how to make its handler.

    ``check`` finds what is wrong with settings beyond their types and ranges. Kinds without ``make`` bring functions of
    their own (MCP servers). ``takes_s(settings)`` is what its own work may take, however short the author's limit is;
    ``ends_when_cut``: a caller who speaks ends it.
    """

    name: str
    help: str
    settings: type
    make: Callable[[ToolSpec, Any, ToolEnvironment], FunctionHandler] | None
    check: Callable[[ToolSpec, Any], Iterator[Finding]] = _nothing
    takes_s: Callable[[Any], float] = _no_time
    ends_when_cut: bool = False

    def findings(self, spec: ToolSpec) -> Iterator[Finding]:
        """Find everything that is wrong with a tool's settings: names, types, ranges, then what they mean together."""
        wrong = list(_wrong_values(self.settings, spec.settings))
        yield from wrong or self.check(spec, self.settings(**spec.settings))

    def read(self, spec: ToolSpec) -> Any:
        """Return the settings as the dataclass, or raise ``tool.misconfigured`` with the first thing that is wrong."""
        for name, message in self.findings(spec):
            raise ToolMisconfigured(f"The tool {spec.name}: {name} {message}")
        return self.settings(**spec.settings)

    def handler(self, spec: ToolSpec, environment: ToolEnvironment) -> FunctionHandler:
        """Make the tool's handler, or raise ``tool.misconfigured``."""
        if self.make is None:
            raise ToolMisconfigured(f"The tool {spec.name} is of a kind that is no single function.")
        return self.make(spec, self.read(spec), environment)


def _wrong_values(settings: type, given: Mapping[str, Any]) -> Iterator[Finding]:
    known = {item.name: item for item in fields(settings)}
    for name, value in given.items():
        if name not in known:
            yield str(name), "is not a setting of this kind of tool."
        elif message := _wrong_value(known[name], value):
            yield name, message


def _wrong_value(item: Field[Any], value: Any) -> str:
    default = item.default_factory() if item.default_factory is not MISSING else item.default
    if isinstance(default, Mapping):
        return "" if isinstance(value, Mapping) else "must be an object."
    if isinstance(default, tuple):
        return "" if isinstance(value, list | tuple) else "must be a list."
    if isinstance(default, str):
        choices = item.metadata.get("choices")
        if choices and value not in choices:
            return f"must be one of {', '.join(choices)}."
        return "" if isinstance(value, str) else "must be text."
    if isinstance(default, int):
        least, most = item.metadata["min"], item.metadata["max"]
        whole = isinstance(value, int) and not isinstance(value, bool)
        return "" if whole and least <= value <= most else f"must be a whole number, {least} to {most}."
    return ""


@dataclass(frozen=True, slots=True)
class NoSettings:
    """Nothing to set."""

"""What the tools of one call may use, and what every kind of tool must say of itself (PROD-19)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
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


@dataclass(frozen=True, slots=True)
class ToolKind:
    """A way of making a tool without code: its settings (a dataclass with help texts), and how to make its handler.

    ``check`` finds what is wrong with settings beyond their types and ranges.
    """

    name: str
    help: str
    settings: type
    make: Callable[[ToolSpec, Any, ToolEnvironment], FunctionHandler]
    check: Callable[[ToolSpec, Any], Iterator[Finding]] = _nothing

    def read(self, given: Mapping[str, Any]) -> Any:
        """Return the settings as the dataclass; unknown names are an error (``tool.misconfigured``)."""
        try:
            return self.settings(**given)
        except (TypeError, ValueError) as error:
            raise ToolMisconfigured(f"{self.name} cannot use these settings.") from error

    def handler(self, spec: ToolSpec, environment: ToolEnvironment) -> FunctionHandler:
        """Make the tool's handler, or raise ``tool.misconfigured`` with the first thing that is wrong."""
        settings = self.read(spec.settings)
        for name, message in self.check(spec, settings):
            raise ToolMisconfigured(f"The tool {spec.name}: {name} {message}")
        return self.make(spec, settings, environment)


@dataclass(frozen=True, slots=True)
class NoSettings:
    """Nothing to set."""

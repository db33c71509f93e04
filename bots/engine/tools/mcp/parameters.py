"""How an MCP server is reached (MCP-01)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bots.engine.checks import Checks
from bots.engine.errors import SpecError


class MCPParametersInvalid(SpecError, ValueError):
    """What was given does not say how to reach a server."""

    code = "mcp.parameters"
    next_step = "Give the URL of an SSE server, or parameters with a url or a command."


CHECK = Checks(MCPParametersInvalid)
"""Raises ``mcp.parameters``."""


@dataclass(frozen=True, slots=True)
class StdioServerParameters:
    """A program on this machine that speaks over its standard streams (MCP-01)."""

    command: str
    args: Sequence[str] = ()
    env: Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        CHECK.texts(command=self.command)
        CHECK.lists(str, "texts", args=self.args)
        CHECK.texts_by_name(env=self.env)


@dataclass(frozen=True, slots=True)
class SseServerParameters:
    """A server that is reached by HTTP and answers in one stream of events."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StreamableHttpParameters:
    """A server of streamable HTTP, the newer way."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)


ServerParameters = StdioServerParameters | SseServerParameters | StreamableHttpParameters


def parameters_of(given: Any) -> ServerParameters:
    """Return any accepted form: a URL string means SSE; the `mcp` package's own parameter objects work too (MCP-01)."""
    if isinstance(given, str):
        return _checked(SseServerParameters(given))
    if isinstance(given, ServerParameters):
        return _checked(given)
    if isinstance(command := getattr(given, "command", None), str):
        return _checked(
            StdioServerParameters(command, tuple(getattr(given, "args", None) or ()), getattr(given, "env", None))
        )
    if isinstance(url := getattr(given, "url", None), str):
        headers = dict(getattr(given, "headers", None) or {})
        streamable = "Streamable" in type(given).__name__
        return _checked(StreamableHttpParameters(url, headers) if streamable else SseServerParameters(url, headers))
    raise MCPParametersInvalid(f"server_params: a {type(given).__name__} does not say how to reach a server.")


def _checked(parameters: ServerParameters) -> ServerParameters:
    if not isinstance(parameters, StdioServerParameters) and not parameters.url.startswith(("http://", "https://")):
        raise MCPParametersInvalid("server_params: url must begin with http:// or https://.")
    return parameters

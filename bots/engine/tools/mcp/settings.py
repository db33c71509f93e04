"""What a bot's author says of an MCP server (PROD-19, MCP-03)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from bots.engine.spec import ToolSpec
from bots.engine.tools.environment import Finding, ToolEnvironment, ToolMisconfigured

from .client import MCPClient
from .parameters import ServerParameters, SseServerParameters, StdioServerParameters, StreamableHttpParameters

MCP_KIND = "mcp"


@dataclass(frozen=True, slots=True)
class MCPSettings:
    """One server, by address or by the name of a program this deployment allows."""

    url: str = field(default="", metadata={"help": "The server's address; empty for a program of this server."})
    transport: str = field(
        default="http",
        metadata={"help": "http: streamable HTTP. sse: the older stream of events.", "choices": ("http", "sse")},
    )
    program: str = field(
        default="", metadata={"help": "Name of a program that the deployment allows (VOICE_MCP_PROGRAMS)."}
    )
    allow: Sequence[Any] = field(
        default_factory=tuple, metadata={"help": 'Names of the tools the bot may use, as JSON; ["*"] for all.'}
    )
    credential: str = field(
        default="", metadata={"help": "Name of the credential that holds the secret; its provider is the url's host."}
    )
    secret_header: str = field(default="Authorization", metadata={"help": "The header that carries the secret."})
    secret_format: str = field(default="Bearer {secret}", metadata={"help": "The header's value, {secret} in it."})


def problems_with_server(spec: ToolSpec, settings: MCPSettings) -> Iterator[Finding]:
    """Find what keeps a server from being reached."""
    if bool(settings.url) == bool(settings.program):
        yield "url", "must be given, or program, and not both."
    if settings.url and not settings.url.startswith(("http://", "https://")):
        yield "url", "must begin with http:// or https://."
    if not settings.allow or not all(isinstance(name, str) and name for name in settings.allow):
        yield "allow", 'must be a list with the names of the tools the bot may use, or ["*"].'
    if settings.credential and "{secret}" not in settings.secret_format:
        yield "secret_format", "must hold {secret}."


def client_of(spec: ToolSpec, settings: MCPSettings, environment: ToolEnvironment) -> MCPClient:
    """Make the client of a server; raises ``tool.misconfigured`` for a program the deployment does not allow."""
    return MCPClient(
        _where(spec, settings, environment),
        allow=[str(name) for name in settings.allow],
        guard=environment.egress.guard,
        timeout_s=spec.timeout_s,
        hide=[environment.secrets.get(settings.credential, "")],
    )


def _where(spec: ToolSpec, settings: MCPSettings, environment: ToolEnvironment) -> ServerParameters:
    if settings.program:
        line = environment.programs.get(settings.program)
        if not line:
            raise ToolMisconfigured(f"The tool {spec.name}: this deployment does not allow the program it names.")
        return StdioServerParameters(line[0], tuple(line[1:]))
    headers = {}
    if settings.credential:
        secret = environment.secrets.get(settings.credential)
        if not secret:
            raise ToolMisconfigured(f"The tool {spec.name}: its secret is missing.")
        headers[settings.secret_header] = settings.secret_format.replace("{secret}", secret)
    kind = SseServerParameters if settings.transport == "sse" else StreamableHttpParameters
    return kind(settings.url, headers)

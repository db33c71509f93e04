"""From a bot's list of tools to functions of its model (PROD-19)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from bots.engine.context.context import LLMContext
from bots.engine.context.function_schema import FunctionSchema
from bots.engine.context.schemas import ToolsSchema
from bots.engine.core.processor import FrameProcessor
from bots.engine.errors import EngineError, SpecError
from bots.engine.frames import StartFrame
from bots.engine.spec import ToolSpec

from .environment import ToolEnvironment, ToolMisconfigured
from .filler import filler_in
from .kinds import KINDS
from .mcp.client import MCPClient
from .mcp.settings import MCP_KIND, client_of
from .registry import Duplicates, FunctionHandler, Registration

READY_S = 2.0
"""How long a call waits for its MCP servers; after that it begins, and their tools come when they come."""


class UnknownTool(SpecError):
    """The bot has a tool of a kind that this server does not offer."""

    code = "tool.unknown_kind"


class NameTaken(SpecError):
    """An MCP server offers a tool under a name that the bot uses already."""

    code = "mcp.name_taken"
    next_step = "Rename the bot's tool, or leave the server's out of `allow`."


class FunctionOwner(Protocol):
    """Who functions are registered with: a model's service."""

    def register(self, function_name: str | None, registration: Registration) -> None:
        """Register a handler with its rules."""

    def has_function(self, function_name: str) -> bool:
        """Whether calls of this name are answered."""


async def _unanswered(params: object) -> None:
    """Stand in a registration whose handler is given later."""


def rules_of(tool: ToolSpec, language: str, handler: FunctionHandler = _unanswered) -> Registration:
    """Return a tool's registration; its filler is the language's unless the tool has one (or none: an empty text)."""
    try:
        duplicates = Duplicates(tool.duplicates)
    except ValueError:
        raise ToolMisconfigured(f"The tool {tool.name}: duplicates must be allow, join or reject.") from None
    kind = KINDS.get(tool.kind)
    own_time = kind.takes_s(kind.read(tool)) if kind is not None else 0.0
    return Registration(
        handler,
        tool.cancel_on_interruption or (kind is not None and kind.ends_when_cut),
        max(tool.timeout_s, own_time),
        duplicates=duplicates,
        filler=filler_in(language) if tool.filler is None else tool.filler,
        filler_after_s=tool.filler_after_s,
        max_calls=tool.max_calls,
        confirm=tool.confirm,
    )


def schema_of(tool: ToolSpec) -> FunctionSchema:
    """Return what the model is told of a tool."""
    return FunctionSchema(tool.name, tool.description, dict(tool.properties), list(tool.required))


class ToolOutfit(FrameProcessor):
    """A call's tools: registers them, connects the MCP servers as the call starts, and lets go of all at its end.

    ``offered`` are handlers of the host by kind, which win over the engine's own kinds. Raises ``tool.unknown_kind``
    and ``tool.misconfigured``. A server that cannot be reached is journaled, and the call goes on without its tools.
    """

    def __init__(
        self,
        llm: FunctionOwner,
        tools: Sequence[ToolSpec],
        *,
        offered: Mapping[str, FunctionHandler],
        environment: ToolEnvironment,
        language: str = "en",
    ) -> None:
        super().__init__()
        self._llm, self._language, self._environment = llm, language, environment
        self._context: LLMContext | None = None
        self._servers: list[tuple[ToolSpec, MCPClient]] = []
        schemas = []
        for tool in tools:
            if tool.kind == MCP_KIND:
                self._servers.append((tool, client_of(tool, KINDS[MCP_KIND].read(tool), environment)))
                continue
            schema = schema_of(tool)
            handler = offered.get(tool.kind) or _made(tool, environment)
            llm.register(tool.name, replace(rules_of(tool, language, handler), schema=schema))
            schemas.append(schema)
        self.schema = ToolsSchema(schemas) if schemas else None

    def serve(self, context: LLMContext) -> None:
        """Add what MCP servers offer to this context's tools."""
        self._context = context

    async def start(self, frame: StartFrame) -> None:
        joining = [
            self.create_task(self._join(tool, client), f"MCP server {tool.name}") for tool, client in self._servers
        ]
        if joining:
            await asyncio.wait(joining, timeout=READY_S)

    async def _join(self, tool: ToolSpec, client: MCPClient) -> None:
        rules = rules_of(tool, self._language)
        try:
            offered = await client.tools()
        except EngineError as error:
            self.journal.record("error", {**error.as_data(), "tool": tool.name, "fatal": False})
            return
        added = []
        for name, schema in offered.items():
            if self._llm.has_function(schema.name):
                taken = NameTaken(f"{tool.name} offers {schema.name}, which the bot has already.")
                self.journal.record("error", {**taken.as_data(), "tool": tool.name, "fatal": False})
                continue
            self._llm.register(schema.name, client.registration(name, schema, rules))
            added.append(schema)
        self.journal.record("mcp.connected", {"server": tool.name, "tools": [schema.name for schema in added]})
        if self._context is not None and added:
            before = self._context.tools or ToolsSchema()
            self._context.set_tools(ToolsSchema([*before.standard_tools, *added], before.custom_tools))

    async def cleanup(self) -> None:
        await asyncio.gather(self._environment.egress.aclose(), *(client.close() for _, client in self._servers))


def _made(tool: ToolSpec, environment: ToolEnvironment) -> FunctionHandler:
    kind = KINDS.get(tool.kind)
    if kind is None:
        raise UnknownTool(f"The tool {tool.name} is of a kind this server does not offer: {tool.kind}.")
    return kind.handler(tool, environment)

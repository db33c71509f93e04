"""An MCP server's tools as functions of a model's service (MCP-01…03)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, Protocol, Self

from bots.engine.checks import Checks
from bots.engine.context.function_schema import FunctionSchema
from bots.engine.context.schemas import ToolsSchema
from bots.engine.tools.egress.guard import EgressGuard
from bots.engine.tools.egress.policy import EgressPolicy
from bots.engine.tools.plain_data import plain
from bots.engine.tools.registry import DEFAULT_TIMEOUT_S, FunctionCallParams, Registration

from .connection import MCPConnection
from .errors import MCPRefused, MCPTimeout, MCPUnreachable
from .parameters import MCPParametersInvalid, parameters_of

ALL, HIDDEN = "*", "[hidden]"
CONNECT_S = 5.0
SPARE_S = 0.25
MAX_PAGES, MAX_TOOLS, MAX_DESCRIPTION, MAX_DEPTH = 20, 64, 1024, 8
_UNUSABLE = re.compile(r"[^A-Za-z0-9_-]")


class FunctionOwner(Protocol):
    """Who functions are registered with: a model's service."""

    def register(self, function_name: str | None, registration: Registration) -> None:
        """Register a handler with its rules."""


class MCPClient:
    """Connects to one server and lets a model call its tools.

    ``server_params``: a URL string (SSE), ``StdioServerParameters`` or ``StreamableHttpParameters`` (MCP-01).
    ``allow``: the names that may be called, ``*`` for all (MCP-03). Tell the model in its instructions what the tools
    are for (MCP-03). Connecting takes at most ``connect_s`` seconds, a call ``timeout_s``. Only what ``policy`` allows
    is reached. Texts of ``hide`` (secrets) are taken out of results. Close it, or use it as ``async with``.
    """

    def __init__(
        self,
        server_params: Any,
        *,
        allow: Collection[str] = (ALL,),
        policy: EgressPolicy | None = None,
        guard: EgressGuard | None = None,
        connect_s: float = CONNECT_S,
        timeout_s: float = DEFAULT_TIMEOUT_S,
        hide: Collection[str] = (),
    ) -> None:
        listed = isinstance(allow, Collection) and not isinstance(allow, str)
        if not listed or not all(isinstance(name, str) for name in allow):
            raise MCPParametersInvalid("allow must be a list of names.")
        Checks(MCPParametersInvalid).seconds(connect_s=connect_s, timeout_s=timeout_s)
        self._allow, self._timeout_s, self._hide = frozenset(allow), timeout_s, tuple(filter(None, hide))
        guard = guard or EgressGuard(policy or EgressPolicy())
        self._connection = MCPConnection(parameters_of(server_params), guard, connect_s=connect_s)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connection."""
        await self._connection.close()

    async def tools(self) -> dict[str, FunctionSchema]:
        """Return the allowed tools: the server's name of each, and what a model is told of it."""
        client, listed, cursor = await self._connection.client(), [], None
        for _ in range(MAX_PAGES):
            page = await self._within(self._timeout_s, client.list_tools(cursor=cursor))
            listed += page.tools
            cursor = page.next_cursor
            if not cursor or len(listed) >= MAX_TOOLS:
                break
        allowed = [tool for tool in listed if ALL in self._allow or tool.name in self._allow]
        return {tool.name: schema_of(tool) for tool in allowed[:MAX_TOOLS]}

    async def register_tools(self, llm: FunctionOwner, rules: Registration | None = None) -> ToolsSchema:
        """Register the server's tools with a model's service and return them, for the context (MCP-02).

        ``rules``: a registration whose time limit and other rules hold for each of them. Errors: ``mcp.…``.
        """
        schemas = []
        for name, schema in (await self.tools()).items():
            llm.register(schema.name, self.registration(name, schema, rules))
            schemas.append(schema)
        return ToolsSchema(schemas)

    def registration(self, name: str, schema: FunctionSchema, rules: Registration | None = None) -> Registration:
        """Return what answers calls of one tool."""

        async def call(params: FunctionCallParams) -> None:
            await params.result_callback(await self.call(name, params.arguments, timeout_s))

        timeout_s = rules.timeout_s if rules else self._timeout_s
        if rules is None:
            return Registration(call, cancel_on_interruption=False, timeout_s=timeout_s, schema=schema)
        return replace(rules, handler=call, schema=schema)

    async def call(self, name: str, arguments: Mapping[str, Any], timeout_s: float | None = None) -> Any:
        """Call a tool; an error of the tool itself is a result with ``error`` in it (MCP-03)."""
        client = await self._connection.client()
        limit = max(SPARE_S, (timeout_s or self._timeout_s) - SPARE_S)
        return self._without_secrets(result_of(await self._within(limit, client.call_tool(name, dict(arguments)))))

    def _without_secrets(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: self._without_secrets(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._without_secrets(item) for item in value]
        for secret in self._hide if isinstance(value, str) else ():
            value = value.replace(secret, HIDDEN)
        return value

    async def _within(self, seconds: float, asking: Any) -> Any:
        from anyio import BrokenResourceError, ClosedResourceError
        from mcp import MCPError

        try:
            async with asyncio.timeout(seconds):
                return await asking
        except TimeoutError:
            raise MCPTimeout("The MCP server did not answer in time.", retryable=True) from None
        except MCPError as error:
            if error.code == CONNECTION_CLOSED:
                self._connection.broken()
                raise MCPUnreachable("The MCP server broke off.", retryable=True) from None
            raise MCPRefused("The MCP server answered with an error.") from None
        except (BrokenResourceError, ClosedResourceError, OSError):
            self._connection.broken()
            raise MCPUnreachable("The MCP server broke off.", retryable=True) from None


CONNECTION_CLOSED = -32000


def schema_of(tool: Any) -> FunctionSchema:
    """Return a listed tool as a model may be told of it: a name models accept, references put in their places."""
    given = dict(tool.input_schema or {})
    shared = {**(given.get("definitions") or {}), **(given.get("$defs") or {})}
    properties = {name: _inlined(value, shared) for name, value in (given.get("properties") or {}).items()}
    required = [name for name in given.get("required") or () if name in properties]
    description = (tool.description or tool.title or "")[:MAX_DESCRIPTION]
    return FunctionSchema(_UNUSABLE.sub("_", tool.name)[:64], description, properties, required)


def _inlined(schema: Any, shared: Mapping[str, Any], depth: int = 0) -> Any:
    if isinstance(schema, list):
        return [_inlined(item, shared, depth) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    reference = str(schema.get("$ref", ""))
    if reference:
        known = shared.get(reference.rpartition("/")[2]) if depth < MAX_DEPTH else None
        return _inlined(known, shared, depth + 1) if known is not None else {}
    return {key: _inlined(value, shared, depth) for key, value in schema.items() if key not in ("$defs", "definitions")}


def result_of(answer: Any) -> Any:
    """Return a tool's answer as JSON data: structured where it is, else its text; media are named, not carried."""
    texts = [
        part.text if getattr(part, "type", "") == "text" else f"[{getattr(part, 'type', 'part')}]"
        for part in answer.content or ()
    ]
    text = "\n".join(texts)
    if answer.is_error:
        return {"error": plain(text) or "The tool failed.", "code": "mcp.tool_failed"}
    if answer.structured_content is not None:
        return plain(answer.structured_content)
    return plain(text)

"""One connection to an MCP server, held by a task of its own from its opening to its close."""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from bots.engine.errors import EngineError
from bots.engine.tools.egress.client import load
from bots.engine.tools.egress.guard import EgressGuard

from .errors import MCPTimeout, MCPUnreachable
from .parameters import ServerParameters, SseServerParameters, StdioServerParameters

log = logging.getLogger(__name__)

CLOSE_S = 0.8
_open: set[asyncio.Task[Any]] = set()
"""Keeps the tasks of connections until they are closed; the loop itself does not."""


class MCPConnection:
    """Connects when asked to; after the server broke off, once more at the next use.

    The task that opens the connection also closes it, as the package's scopes want it.
    """

    def __init__(self, parameters: ServerParameters, guard: EgressGuard, *, connect_s: float) -> None:
        self._parameters, self._guard, self._connect_s = parameters, guard, connect_s
        self._task: asyncio.Task[Any] | None = None
        self._client: asyncio.Future[Any] | None = None
        self._stop = asyncio.Event()

    async def client(self) -> Any:
        """Return the package's open client. Errors: ``mcp.unreachable``, ``mcp.timeout``, ``tool.egress_refused``."""
        if self._task is None or self._task.done():
            self._stop = asyncio.Event()
            self._client = asyncio.get_running_loop().create_future()
            self._client.add_done_callback(lambda done: done.cancelled() or done.exception())
            self._task = asyncio.get_running_loop().create_task(
                self._hold(self._client, self._stop), name="MCP connection"
            )
            self._task.add_done_callback(partial(_settle, self._client))
            _open.add(self._task)
            self._task.add_done_callback(_open.discard)
        assert self._client is not None  # noqa: S101 (made with the task)
        try:
            async with asyncio.timeout(self._connect_s):
                return await asyncio.shield(self._client)
        except TimeoutError:
            self._task.cancel()
            raise MCPTimeout(
                f"The MCP server was not ready within {self._connect_s:g} seconds.", retryable=True
            ) from None

    async def _hold(self, ready: asyncio.Future[Any], stop: asyncio.Event) -> None:
        await asyncio.to_thread(_load)
        from mcp import Client

        async with self._transport() as transport, Client(transport, cache=None) as client:
            if not ready.done():
                ready.set_result(client)
            await stop.wait()

    @asynccontextmanager
    async def _transport(self) -> AsyncIterator[Any]:
        from mcp import StdioServerParameters as PackageParameters
        from mcp import stdio_client
        from mcp.client.sse import sse_client
        from mcp.client.streamable_http import streamable_http_client

        from bots.engine.tools.egress.mcp_http import mcp_http_client

        where, guard = self._parameters, self._guard
        async with AsyncExitStack() as stack:
            if isinstance(where, StdioServerParameters):
                quiet = stack.enter_context(Path(os.devnull).open("w", encoding="utf-8"))  # noqa: ASYNC230, SIM115
                env = dict(where.env) if where.env is not None else None
                yield stdio_client(PackageParameters(command=where.command, args=list(where.args), env=env), quiet)
            elif isinstance(where, SseServerParameters):
                yield sse_client(
                    where.url,
                    headers=dict(where.headers),
                    httpx_client_factory=lambda headers=None, timeout=None, auth=None: mcp_http_client(
                        guard, headers or {}, timeout
                    ),
                )
            else:
                http = await stack.enter_async_context(mcp_http_client(guard, where.headers))
                yield streamable_http_client(where.url, http_client=http)

    def broken(self) -> None:
        """Give the connection up: the next use opens another."""
        self._stop.set()
        self._task = None

    async def close(self) -> None:
        """Close the connection; a server that is slow to go goes on going beside the caller."""
        task, self._task = self._task, None
        self._stop.set()
        if task is not None:
            if self._client is not None and not self._client.done():
                task.cancel()
            await asyncio.wait({task}, timeout=CLOSE_S)


def _load() -> None:
    """Import the package and what it connects with: more than a second, once, off the loop."""
    importlib.import_module("mcp")
    importlib.import_module("bots.engine.tools.egress.mcp_http")
    load()


def _settle(ready: asyncio.Future[Any], task: asyncio.Task[Any]) -> None:
    """Tell whoever waits for a connection why there is none; read every failure, so that none is warned of later."""
    error = None if task.cancelled() else task.exception()
    if not ready.done():
        ready.set_exception(_known(error or MCPUnreachable("The MCP server cannot be reached.", retryable=True)))
    elif error is not None:
        log.info("an MCP server broke off", extra={"error": type(error).__name__})


def _known(error: BaseException) -> EngineError:
    """Return what failed as one of our errors, however deep the package wrapped it."""
    if isinstance(error, EngineError):
        return error
    for inner in (*getattr(error, "exceptions", ()), error.__cause__):
        if inner is not None and isinstance(found := _known(inner), EngineError) and type(found) is not MCPUnreachable:
            return found
    return MCPUnreachable("The MCP server cannot be reached.", retryable=True)

"""MCP servers made with the official package: over standard streams, SSE and streamable HTTP, with faults."""

import asyncio
import contextlib
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

import uvicorn
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import BaseModel

SEEN: list[dict[str, str]] = []
"""The headers of every HTTP request."""


class Size(BaseModel):
    """How big."""

    width: int
    height: int = 1


def make() -> MCPServer:
    server = MCPServer("desk")

    @server.tool()
    def add(first: int, second: int = 1) -> int:
        """Add two numbers."""
        return first + second

    @server.tool()
    def area(size: Size) -> str:
        """Tell an area."""
        return f"{size.width * size.height} square metres"

    @server.tool(name="odd.name!")
    def odd() -> str:
        """Have a name that models refuse."""
        return "odd"

    @server.tool()
    def fail() -> str:
        """Fail."""
        raise ToolError("the drawer is stuck")

    @server.tool()
    async def slow() -> str:
        """Take long."""
        await asyncio.sleep(30)
        return "late"

    @server.tool()
    def pour(megabytes: int) -> str:
        """Answer with megabytes."""
        return "x" * (megabytes * 1_000_000)

    @server.tool()
    def leave() -> str:
        """Break off."""
        os._exit(3)

    return server


class Noting:
    """Notes the headers of requests."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            SEEN.append({name.decode(): value.decode() for name, value in scope["headers"]})
        await self.app(scope, receive, send)


@contextlib.contextmanager
def served(kind: str) -> Iterator[str]:
    """Serve by HTTP on a loopback port; yields the address."""
    server = make()
    app = server.sse_app() if kind == "sse" else server.streamable_http_app()
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(Noting(app), log_level="critical", timeout_graceful_shutdown=1, lifespan="on")
        runner = uvicorn.Server(config)
        thread = threading.Thread(target=runner.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not runner.started and thread.is_alive():
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/{'sse' if kind == 'sse' else 'mcp'}"
        finally:
            runner.should_exit = runner.force_exit = True
            thread.join(5)


if __name__ == "__main__":
    if "mute" in sys.argv:
        sys.stdin.read()
    elif "gone" not in sys.argv:
        make().run()

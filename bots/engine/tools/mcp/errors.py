"""How talking with an MCP server fails."""

from __future__ import annotations

from bots.engine.errors import ToolError


class MCPUnreachable(ToolError):
    """The server cannot be reached, or broke off."""

    code = "mcp.unreachable"
    next_step = "Check the MCP server's address and that it runs."


class MCPTimeout(ToolError):
    """The server did not answer in time."""

    code = "mcp.timeout"
    next_step = "Make the MCP server faster, or give its tools more time."


class MCPRefused(ToolError):
    """The server answered with an error of its own."""

    code = "mcp.refused"
    next_step = "Read the MCP server's log."

"""Why a request of a tool was not made, or came to nothing."""

from __future__ import annotations

from bots.engine.errors import ToolError


class EgressRefused(ToolError, ValueError):
    """The address is one that tools of this server may not reach, or that nobody can reach."""

    code = "tool.egress_refused"
    next_step = "Use a public http or https address, or ask whoever runs the server to allow this host."


class EgressUnreachable(ToolError):
    """The server could not be found, did not accept the connection, or broke it off."""

    code = "tool.unreachable"
    next_step = "Check the tool's address and that its server runs."


class EgressTimeout(ToolError):
    """The server did not answer in time."""

    code = "tool.timeout"
    next_step = "Make the tool's server faster, or give the tool more time."


class EgressTooLarge(ToolError):
    """The server answers more than the tool may take."""

    code = "tool.response_too_large"
    next_step = "Ask the server for less, or raise the tool's size limit."


class EgressRedirected(ToolError):
    """The server sends the tool elsewhere, which is not followed."""

    code = "tool.redirected"
    next_step = "Enter the address that the server redirects to."

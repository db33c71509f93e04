"""The kinds of tools that need no code of the bot's author (PROD-19)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from bots.engine.errors import ToolError
from bots.engine.spec import ToolSpec

from .builtin import BUILTIN_TOOLS
from .call_control import (
    TRANSFER_WITHIN_S,
    SendDigitsSettings,
    TransferSettings,
    problems_with_digits,
    problems_with_transfer,
    send_digits,
    transfer,
)
from .environment import Finding, NoSettings, ToolEnvironment, ToolKind, ToolMisconfigured
from .hold import HoldSettings, hold, time_of_hold
from .http_request import HttpRequestSettings, http_request, problems_with_request
from .mcp.settings import MCP_KIND, MCPSettings, problems_with_server
from .registry import FunctionCallParams, FunctionHandler


class NoPage(ToolError):
    """The caller has no page that could run a function."""

    code = "tool.no_page"
    next_step = "Use this tool in calls from the browser or an app."


@dataclass(frozen=True, slots=True)
class PythonSettings:
    """Which of the server's functions is called."""

    function: str = field(default="", metadata={"help": "A name from the server's list of functions."})


def _builtin(spec: ToolSpec, settings: NoSettings, environment: ToolEnvironment) -> FunctionHandler:
    return BUILTIN_TOOLS[spec.kind]


def _page(spec: ToolSpec, settings: NoSettings, environment: ToolEnvironment) -> FunctionHandler:
    """Run the function in the caller's page (FUNC-19, RTVI-08)."""
    if environment.page is not None:
        return environment.page

    async def nobody(params: FunctionCallParams) -> None:
        raise NoPage("This call has no page that could do that.")

    return nobody


def _python(spec: ToolSpec, settings: PythonSettings, environment: ToolEnvironment) -> FunctionHandler:
    if settings.function not in environment.functions:
        raise ToolMisconfigured(f"The tool {spec.name}: this server does not offer the function it names.")
    return environment.functions[settings.function]


def _problems_with_python(spec: ToolSpec, settings: PythonSettings) -> Iterator[Finding]:
    if not settings.function:
        yield "function", "must name one of the server's functions."


KINDS: Mapping[str, ToolKind] = {
    kind.name: kind
    for kind in (
        ToolKind("clock.now", "Tells date, time and weekday (UTC).", NoSettings, _builtin),
        ToolKind("call.end", "Ends the call once everything said before it was heard.", NoSettings, _builtin),
        ToolKind(
            "call.transfer",
            "Connects a caller on the phone with somebody else: `to` is one of the names in targets, `summary` what "
            "the person should know.",
            TransferSettings,
            transfer,
            problems_with_transfer,
            takes_s=lambda settings: TRANSFER_WITHIN_S,
        ),
        ToolKind(
            "call.send_digits",
            "Presses keys on a phone call: `digits`, or those of the settings.",
            SendDigitsSettings,
            send_digits,
            problems_with_digits,
        ),
        ToolKind(
            "call.hold",
            "Lets the caller wait with music until they speak or time is up.",
            HoldSettings,
            hold,
            takes_s=time_of_hold,
            ends_when_cut=True,
        ),
        ToolKind(
            "http.request",
            "Asks a web service; {argument} in address, headers and body.",
            HttpRequestSettings,
            http_request,
            problems_with_request,
        ),
        ToolKind(
            "client",
            "Runs in the caller's page or app. The console knows `show_text` (text) and `show_link` (url, text).",
            NoSettings,
            _page,
        ),
        ToolKind(MCP_KIND, "Brings the allowed tools of an MCP server.", MCPSettings, None, problems_with_server),
        ToolKind("python", "Calls a function that this server offers.", PythonSettings, _python, _problems_with_python),
    )
}

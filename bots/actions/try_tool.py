"""Try one tool of a bot's draft, outside of any call: it really acts."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType

from bots.actions.errors import ActionError
from bots.assembly import problems_in, spec_from
from bots.assembly.tool_environment import tool_environment
from bots.engine.errors import EngineError
from bots.engine.spec import ToolSpec
from bots.engine.tools.environment import ToolEnvironment
from bots.engine.tools.trial import OfferedTool, Trial, offered_by, try_tool
from bots.models import Bot, UnreadableCredential, default_draft
from bots.selectors.credentials import tool_secrets_for

MAX_ARGUMENTS = 20_000


def _prepared(bot: Bot, name: str) -> tuple[ToolSpec, ToolEnvironment]:
    """The draft's tool of that name, when nothing is wrong with it, and what it may use."""
    places = [
        f"tools[{number}]"
        for number, tool in enumerate(bot.draft.get("tools") or ())
        if isinstance(tool, Mapping) and tool.get("name") == name
    ]
    if not places:
        raise ActionError("tool.unknown", "The saved draft has no such tool.", next_step="Save the draft first.")
    wrong = [problem for problem in problems_in(bot) if problem.path.startswith(places[0])]
    if wrong:
        raise ActionError("tool.misconfigured", str(wrong[0]), owner="author", next_step="Mend the draft first.")
    snapshot = {**default_draft(), "slug": bot.slug, "name": bot.name, "tools": bot.draft["tools"]}
    tool = next(tool for tool in spec_from(snapshot).tools if tool.name == name)
    try:
        return tool, tool_environment(
            [tool], tool_secrets_for({"tools": [{"kind": tool.kind, "settings": tool.settings}]})
        )
    except UnreadableCredential:
        raise ActionError(
            "credential.unreadable", "The tool's secret cannot be opened.", owner="us",
            next_step="Enter the key anew under Credentials.",
        ) from None  # fmt: skip


def _note(bot: Bot, by: Any, message: str) -> None:
    """Keep who tried what, without its arguments and its result."""
    LogEntry.objects.create(
        user=by, content_type=ContentType.objects.get_for_model(Bot), object_id=str(bot.pk), object_repr=str(bot)[:200],
        action_flag=CHANGE, change_message=json.dumps([{"changed": {"name": "tool", "object": message}}]),
    )  # fmt: skip


def try_tool_of(*, bot: Bot, name: str, arguments: Mapping[str, Any], by: Any) -> Trial:
    """Run a tool of the saved draft once and note who did. Raises ActionError; blocks for at most half a minute."""
    tool, environment = _prepared(bot, name)
    if len(json.dumps(dict(arguments))) > MAX_ARGUMENTS:
        raise ActionError("tool.arguments", "These arguments are too long.")
    try:
        trial = asyncio.run(try_tool(tool, arguments, environment))
    except EngineError as error:
        raise ActionError(error.code, error.message, owner=error.owner, next_step=error.next_step) from None
    _note(bot, by, f"{name} tried: {trial.code or 'done'}")
    return trial


def tools_of_server(*, bot: Bot, name: str, by: Any) -> list[OfferedTool]:
    """Ask the MCP server of a draft's tool what it offers. Raises ActionError."""
    tool, environment = _prepared(bot, name)
    try:
        offered = asyncio.run(offered_by(tool, environment))
    except EngineError as error:
        raise ActionError(error.code, error.message, owner=error.owner, next_step=error.next_step) from None
    _note(bot, by, f"{name} listed")
    return offered

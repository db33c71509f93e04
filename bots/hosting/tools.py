"""What a deployment gives a call's tools: handlers that need the database, secrets, functions, programs, a way out."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable, Mapping
from datetime import date, time
from typing import Any

from django.utils.module_loading import import_string

from bots.actions.book_appointment import book_appointment
from bots.actions.errors import ActionError
from bots.assembly.tool_kinds import egress_policy
from bots.engine.errors import SpecError, ToolError
from bots.engine.spec import ToolSpec
from bots.engine.tools.egress.client import EgressClient
from bots.engine.tools.environment import ToolEnvironment
from bots.engine.tools.python_functions import handler_from
from bots.engine.tools.registry import FunctionCallParams, FunctionHandler
from bots.models import Bot
from bots.models.voice_settings import voice_setting
from bots.selectors.appointments import free_times

from .database import in_database

log = logging.getLogger(__name__)

MOST_OFFERED = 6


class UnusableArgument(ToolError):
    """The model gave a date or time that cannot be read."""

    code = "tool.arguments"


def _read(kind: Any, arguments: Mapping[str, Any], name: str) -> Any:
    try:
        return kind.fromisoformat(str(arguments[name]))
    except (KeyError, ValueError):
        raise UnusableArgument(f"The argument {name} is missing or cannot be read.") from None


def host_tools(bot_id: int, call_id: uuid.UUID) -> dict[str, FunctionHandler]:
    """Return the handlers for one call, by tool kind."""

    def find(day: date, part: str) -> list[str]:
        free = free_times(Bot.objects.get(pk=bot_id), day, part)
        return [at.strftime("%H:%M") for at in free[:MOST_OFFERED]]

    def book(day: date, at: time, name: str) -> dict[str, Any]:
        try:
            made = book_appointment(bot=Bot.objects.get(pk=bot_id), day=day, at=at, name=name, call_id=call_id)
        except ActionError as error:
            return {"booked": False, "error": error.message}
        return {"booked": True, "reference": f"A{made.pk}"}

    async def find_slots(params: FunctionCallParams) -> None:
        day = _read(date, params.arguments, "day")
        slots = await in_database(find, day, str(params.arguments.get("part_of_day") or ""))
        await params.result_callback({"day": day.isoformat(), "slots": slots})

    async def book_slot(params: FunctionCallParams) -> None:
        day, at = _read(date, params.arguments, "day"), _read(time, params.arguments, "time")
        await params.result_callback(await in_database(book, day, at, str(params.arguments.get("name") or "")))

    return {"appointments.find": find_slots, "appointments.book": book_slot}


def tool_environment(tools: Iterable[ToolSpec], secrets: Mapping[str, str]) -> ToolEnvironment:
    """Return what the tools of one call may use of this deployment (PROD-19)."""
    return ToolEnvironment(
        egress=EgressClient(egress_policy()),
        secrets=secrets,
        functions=_functions(str(tool.settings.get("function")) for tool in tools if tool.kind == "python"),
        programs={
            str(name): [str(part) for part in line]
            for name, line in voice_setting("MCP_PROGRAMS").items()
            if isinstance(line, list)
        },
    )


def _functions(names: Iterable[str]) -> dict[str, FunctionHandler]:
    """Load the functions that are asked for and allowed; one that cannot be loaded counts as not offered."""
    allowed: Mapping[str, str] = voice_setting("TOOL_FUNCTIONS")
    found: dict[str, FunctionHandler] = {}
    for name in set(names) & set(allowed):
        try:
            found[name] = handler_from(import_string(str(allowed[name])))
        except (ImportError, SpecError):
            log.exception("a function for bots cannot be loaded", extra={"function": name})
    return found

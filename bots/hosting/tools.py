"""Tools that need the database: handlers for the kinds a bot may name."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, time
from typing import Any

from bots.actions.book_appointment import book_appointment
from bots.actions.errors import ActionError
from bots.engine.errors import ToolError
from bots.engine.tools.registry import FunctionCallParams, FunctionHandler
from bots.models import Bot
from bots.selectors.appointments import free_times

from .database import in_database

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

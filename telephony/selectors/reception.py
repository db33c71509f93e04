"""Who answers a number now: its bot, its bot for other times, a message, or nobody."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bots.models import FINAL_STATUSES, Bot
from telephony.models import OPEN_LEG, CallLeg, PhoneNumber

MIDNIGHT = ("24:00", "00:00")


@dataclass(frozen=True, slots=True)
class Answer:
    """What happens to a call: a ``bot``, or a ``message`` and then the end, or neither: busy. ``why`` is a code."""

    bot: Bot | None = None
    message: str = ""
    why: str = ""


WHY: dict[str, str] = {
    "number.closed": "The call came outside of the number's hours.",
    "number.busy": "All of the number's lines were busy.",
    "number.no_bot": "The number has no published bot.",
}
"""In words, for the call's page."""


def number_called(account_id: int, e164: str) -> PhoneNumber | None:
    """The number of an account that was called, if it is one of ours and takes calls."""
    related = ("bot__live_version", "overflow_bot__live_version", "account")
    return PhoneNumber.objects.select_related(*related).filter(
        account_id=account_id, e164=e164, is_enabled=True
    ).first()  # fmt: skip


def is_open(number: PhoneNumber, now: datetime) -> bool:
    """Whether the number's bot answers at this time; without hours it always does, with unreadable ones never.

    Hours are what the clock on the wall of its time zone shows. Some that end before they begin end on the next day.
    """
    if not number.hours:
        return True
    try:
        local = now.astimezone(ZoneInfo(number.time_zone))
        return any(_covers(span, local) for span in number.hours)
    except (KeyError, TypeError, ValueError, OSError, ZoneInfoNotFoundError):
        return False


def _covers(span: Mapping[str, Any], local: datetime) -> bool:
    begins, at = time.fromisoformat(span["from"]), local.time()
    if span["to"] in MIDNIGHT:
        return local.weekday() in span["days"] and at >= begins
    ends = time.fromisoformat(span["to"])
    if begins <= ends:
        return local.weekday() in span["days"] and begins <= at < ends
    yesterday = (local - timedelta(days=1)).weekday()
    return (local.weekday() in span["days"] and at >= begins) or (yesterday in span["days"] and at < ends)


def answer_for(number: PhoneNumber, now: datetime) -> Answer:
    """Decide who answers; counts the number's running calls."""
    why = ""
    if not is_open(number, now):
        why = "number.closed"
    elif calls_of(number) >= number.max_calls:
        why = "number.busy"
    elif not _answers(number.bot):
        why = "number.no_bot"
    else:
        return Answer(number.bot)
    if _answers(number.overflow_bot):
        return Answer(number.overflow_bot, why=why)
    return Answer(message=number.overflow_message, why=why)


def calls_of(number: PhoneNumber) -> int:
    """How many callers a number's bot has; one that was handed on, or of whose end only we know, is none."""
    open_legs = number.legs.filter(status__in=OPEN_LEG, direction=CallLeg.Direction.INBOUND)
    return open_legs.exclude(call__status__in=FINAL_STATUSES).count()


def _answers(bot: Bot | None) -> bool:
    return bot is not None and not bot.is_archived and bot.live_version_id is not None

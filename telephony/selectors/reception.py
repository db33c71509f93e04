"""Who answers a number now: its bot, its bot for other times, a message, or nobody."""

from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bots.models import Bot
from telephony.models import OPEN_LEG, CallLeg, PhoneNumber


@dataclass(frozen=True, slots=True)
class Answer:
    """What happens to a call: a ``bot``, or a ``message`` and then the end, or neither: busy. ``why`` is a code."""

    bot: Bot | None = None
    message: str = ""
    why: str = ""


def number_called(account_id: int, e164: str) -> PhoneNumber | None:
    """The number of an account that was called, if it is one of ours and takes calls."""
    related = ("bot__live_version", "overflow_bot__live_version", "account")
    return PhoneNumber.objects.select_related(*related).filter(
        account_id=account_id, e164=e164, is_enabled=True
    ).first()  # fmt: skip


def is_open(number: PhoneNumber, now: datetime) -> bool:
    """Whether the number's bot answers at this time; without hours it always does, with unreadable ones never."""
    if not number.hours:
        return True
    try:
        local = now.astimezone(ZoneInfo(number.time_zone))
        return any(
            local.weekday() in span["days"]
            and time.fromisoformat(span["from"]) <= local.time() < _end_of(span["to"])
            for span in number.hours
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, ZoneInfoNotFoundError):
        return False


def _end_of(text: str) -> time:
    return time.max if text in ("24:00", "00:00") else time.fromisoformat(text)


def answer_for(number: PhoneNumber, now: datetime) -> Answer:
    """Decide who answers; counts the number's running calls."""
    why = ""
    if not is_open(number, now):
        why = "number.closed"
    elif number.legs.filter(status__in=OPEN_LEG, direction=CallLeg.Direction.INBOUND).count() >= number.max_calls:
        why = "number.busy"
    elif not _answers(number.bot):
        why = "number.no_bot"
    else:
        return Answer(number.bot)
    if _answers(number.overflow_bot):
        return Answer(number.overflow_bot, why=why)
    return Answer(message=number.overflow_message, why=why)


def _answers(bot: Bot | None) -> bool:
    return bot is not None and not bot.is_archived and bot.live_version_id is not None

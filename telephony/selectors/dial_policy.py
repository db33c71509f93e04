"""Whether a call may be placed: every rule, in the order in which a person would want to hear of it (S2, T16).

Times are of the policy's zone: the numbering plans that are installed do not tell where in a country a number is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from bots.actions.errors import ActionError
from bots.models import Bot
from telephony.models import OPEN_LEG, BlockedNumber, CallLeg, DialPolicy, LegStatus, PhoneNumber

from .e164 import Destination
from .spend import LONGEST, minute_price, money, spent_since

EVERY_DAY = tuple(range(7))
RULES = "Look at the dialling policy in the admin."


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule and whether it is kept; where not, ``code``, ``sentence`` and ``next_step`` say what is wrong.

    ``passes``: the rule is about numbers of calls or money, so waiting may help (HTTP 429).
    """

    label: str | Promise
    ok: bool
    code: str
    sentence: str
    next_step: str = RULES
    passes: bool = False

    def refusal(self) -> ActionError:
        """Return the error that a call against the rule ends with."""
        status = 429 if self.passes else 403
        return ActionError(self.code, self.sentence, owner="author", next_step=self.next_step, http_status=status)


@dataclass(frozen=True, slots=True)
class Permit:
    """A call that may be placed: what it can cost at most, what a minute costs, how long it may be."""

    reserve: Decimal
    price: Decimal
    currency: str
    minutes: int


def current_policy() -> DialPolicy:
    """Return the one row of rules; off where nobody has saved it."""
    return DialPolicy.objects.filter(pk=1).first() or DialPolicy(pk=1)


def zone_of(policy: DialPolicy) -> ZoneInfo:
    """Return the policy's time zone. Raises ActionError ``dial.time_zone``."""
    try:
        return ZoneInfo(policy.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ActionError(
            "dial.time_zone", "The dialling policy's time zone is unknown.", owner="author",
            next_step="Correct it under Dialling policy.", http_status=403,
        ) from None  # fmt: skip


def day_begins(policy: DialPolicy, now: datetime) -> datetime:
    """Return the beginning of the policy's present day. Raises ActionError ``dial.time_zone``."""
    return now.astimezone(zone_of(policy)).replace(hour=0, minute=0, second=0, microsecond=0)


def countries_of(policy: DialPolicy) -> list[str]:
    """Return where calls may go; nowhere where the stored list cannot be read."""
    found = policy.countries
    return [code for code in found if isinstance(code, str)] if isinstance(found, list) else []


def days_of(policy: DialPolicy) -> tuple[int, ...]:
    """Return the days on which calls are allowed, Monday is 0; none where the stored list cannot be read."""
    if not policy.weekdays:
        return EVERY_DAY
    return tuple(day for day in policy.weekdays if day in EVERY_DAY) if isinstance(policy.weekdays, list) else ()


def permit(*, policy: DialPolicy, number: PhoneNumber, to: Destination, bot: Bot | None, now: datetime) -> Permit:
    """Return what a call may cost and last. Raises ActionError for the first rule that is against it."""
    for rule in rules(policy, number, to, bot, now):
        if not rule.ok:
            raise rule.refusal()
    price = minute_price(policy, to.country)
    if price is None:
        raise _priced(policy, to).refusal()
    return Permit(money(price, policy.minutes_per_call), price, policy.currency, policy.minutes_per_call)


def rules(
    policy: DialPolicy, number: PhoneNumber, to: Destination, bot: Bot | None, now: datetime
) -> Iterator[Rule]:  # fmt: skip
    """Yield every rule with whether a call would keep it."""
    yield Rule(_("Dialling out is switched on"), policy.is_enabled, "dial.off", "Dialling out is switched off.",
               "Switch it on under Dialling policy, with care.")  # fmt: skip
    yield Rule(_("The number may dial out"), number.may_dial_out and number.account.is_enabled, "dial.number",
               "This number may not dial out.", "Allow it on the number's page.")  # fmt: skip
    published = bot is not None and not bot.is_archived and bot.live_version_id is not None
    yield Rule(_("The bot is published"), published, "bot.unpublished", "The bot is not published.",
               "Publish it first.")  # fmt: skip
    blocked = BlockedNumber.objects.filter(e164=to.e164).exists()
    yield Rule(_("The number is not on the do-not-call list"), not blocked, "dial.blocked",
               "This number is on the do-not-call list.", "Leave it alone.")  # fmt: skip
    yield Rule(_("Calls to the country are allowed"), to.country in countries_of(policy), "dial.country",
               f"Calls to {to.country} are not allowed.")  # fmt: skip
    yield _priced(policy, to)
    yield from _of_today(policy, to, now)


def _priced(policy: DialPolicy, to: Destination) -> Rule:
    return Rule(_("A minute there has a price"), minute_price(policy, to.country) is not None, "dial.unknown_price",
                f"Nobody has said what a minute to {to.country} costs.")  # fmt: skip


def _of_today(policy: DialPolicy, to: Destination, now: datetime) -> Iterator[Rule]:
    """Yield the rules that depend on the time and on what was called before."""
    try:
        day = day_begins(policy, now)
    except ActionError as error:
        yield Rule(_("The time zone is known"), False, error.code, error.message, error.next_step)
        return
    yield Rule(_("It is a time to call people"), is_open(policy, now), "dial.hours",
               "This is not the time to call people.")  # fmt: skip
    out = CallLeg.objects.filter(direction=CallLeg.Direction.OUTBOUND)
    today = out.filter(created_at__gte=day).exclude(status=LegStatus.REFUSED)
    running = out.filter(status__in=OPEN_LEG).count()
    yield Rule(_("A line is free"), running < policy.max_calls, "dial.busy",
               "As many calls as are allowed run already.", "Wait until one of them is over.", passes=True)  # fmt: skip
    yield Rule(_("Not too many calls today"), today.count() < policy.calls_per_day, "dial.day",
               "Today's calls are used up.", passes=True)  # fmt: skip
    yield Rule(_("Not too many calls to this number today"),
               today.filter(to_number=to.e164).count() < policy.calls_per_destination, "dial.destination",
               "This number was called often enough today.", "Try again tomorrow.", passes=True)  # fmt: skip
    price, minutes = minute_price(policy, to.country), policy.minutes_per_call
    if price is None:
        return  # a rule of its own
    enough = 0 < minutes <= LONGEST and money(price, minutes) <= policy.spend_per_day - spent_since(day)
    yield Rule(_("The day's money is enough for the longest call"), enough, "dial.spend",
               "Today's money is used up.", passes=True)  # fmt: skip


def is_open(policy: DialPolicy, now: datetime) -> bool:
    """Return whether people may be called at this time. Raises ActionError ``dial.time_zone``."""
    local = now.astimezone(zone_of(policy))
    return local.weekday() in days_of(policy) and policy.begins <= local.time() < policy.ends


def next_opening(policy: DialPolicy, now: datetime) -> datetime | None:
    """Return when calls are allowed again; None where they never are. Raises ActionError ``dial.time_zone``."""
    local = now.astimezone(zone_of(policy))
    for ahead in range(8):
        day = local + timedelta(days=ahead)
        begin = day.replace(hour=policy.begins.hour, minute=policy.begins.minute, second=0, microsecond=0)
        if day.weekday() in days_of(policy) and begin > local and policy.begins < policy.ends:
            return begin
    return None

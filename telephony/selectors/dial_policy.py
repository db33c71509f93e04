"""Whether a call may be placed: every rule, in the order in which a person would want to hear of it (S2, T16)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db.models import DecimalField, Sum
from django.db.models.functions import Coalesce

from bots.actions.errors import ActionError
from bots.models import Bot
from telephony.models import OPEN_LEG, BlockedNumber, CallLeg, DialPolicy, LegStatus, PhoneNumber

from .e164 import Destination


@dataclass(frozen=True, slots=True)
class Permit:
    """A call that may be placed: what it can cost at most, how long it may be."""

    reserve: Decimal
    currency: str
    minutes: int


def current_policy() -> DialPolicy:
    """The one row of rules; off where nobody has saved it."""
    return DialPolicy.objects.filter(pk=1).first() or DialPolicy(pk=1)


def day_begins(policy: DialPolicy, now: datetime) -> datetime:
    """The beginning of the policy's present day."""
    return now.astimezone(zone_of(policy)).replace(hour=0, minute=0, second=0, microsecond=0)


def zone_of(policy: DialPolicy) -> ZoneInfo:
    """The policy's time zone. Raises ActionError ``dial.time_zone``."""
    try:
        return ZoneInfo(policy.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise ActionError(
            "dial.time_zone", "The dialling policy's time zone is unknown.", owner="author",
            next_step="Correct it under Dialling policy.", http_status=403,
        ) from None  # fmt: skip


def minute_price(policy: DialPolicy, country: str) -> Decimal | None:
    """What a minute costs there; None where nobody has said: unknown is never nothing."""
    try:
        price = Decimal(str(policy.minute_prices[country]))
    except (KeyError, TypeError, InvalidOperation):
        return None
    return price if price.is_finite() and price >= 0 else None


def spent_since(moment: datetime) -> Decimal:
    """What calls out have cost since then: the carrier's figure, or what is set aside where it is not known yet."""
    counted = CallLeg.objects.filter(direction=CallLeg.Direction.OUTBOUND, created_at__gte=moment)
    field = DecimalField(max_digits=12, decimal_places=4)
    return counted.aggregate(sum=Sum(Coalesce("cost", "reserved"), output_field=field))["sum"] or Decimal(0)


def permit(
    *, policy: DialPolicy, number: PhoneNumber, to: Destination, bot: Bot | None, now: datetime
) -> Permit:  # fmt: skip
    """Return what a call may cost and last. Raises ActionError for the first rule that is against it."""
    for code, sentence, step in objections(policy, number, to, bot, now):
        raise ActionError(code, sentence, owner="author", next_step=step, http_status=403)
    price = minute_price(policy, to.country) or Decimal(0)
    return Permit(price * policy.minutes_per_call, policy.currency, policy.minutes_per_call)


def objections(
    policy: DialPolicy, number: PhoneNumber, to: Destination, bot: Bot | None, now: datetime
) -> Iterator[tuple[str, str, str]]:
    """Everything that is against a call: code, sentence, what to do."""
    rules, out = "Look at the dialling policy in the admin.", CallLeg.objects.filter(direction="outbound")
    if not policy.is_enabled:
        yield "dial.off", "Dialling out is switched off.", "Switch it on under Dialling policy, with care."
    if not number.may_dial_out or not number.account.is_enabled:
        yield "dial.number", "This number may not dial out.", "Allow it on the number's page."
    if bot is None or bot.is_archived or bot.live_version_id is None:
        yield "bot.unpublished", "The bot is not published.", "Publish it first."
    if BlockedNumber.objects.filter(e164=to.e164).exists():
        yield "dial.blocked", "This number is on the do-not-call list.", "Leave it alone."
    if to.country not in policy.countries:
        yield "dial.country", f"Calls to {to.country} are not allowed.", rules
    if minute_price(policy, to.country) is None:
        yield "dial.unknown_price", f"Nobody has said what a minute to {to.country} costs.", rules
    yield from _time(policy, now, rules)
    today = out.filter(created_at__gte=day_begins(policy, now)).exclude(status=LegStatus.REFUSED)
    if out.filter(status__in=OPEN_LEG).count() >= policy.max_calls:
        yield "dial.busy", "As many calls as are allowed run already.", "Wait until one of them is over."
    if today.count() >= policy.calls_per_day:
        yield "dial.day", "Today's calls are used up.", rules
    if today.filter(to_number=to.e164).count() >= policy.calls_per_destination:
        yield "dial.destination", "This number was called often enough today.", "Try again tomorrow."
    price = minute_price(policy, to.country)
    if price is not None:
        reserve = price * policy.minutes_per_call
        if spent_since(day_begins(policy, now)) + reserve > policy.spend_per_day:
            yield "dial.spend", "Today's money is used up.", rules


def _time(policy: DialPolicy, now: datetime, rules: str) -> Iterator[tuple[str, str, str]]:
    local = now.astimezone(zone_of(policy))
    days = policy.weekdays or list(range(7))
    if local.weekday() not in days or not policy.begins <= local.time() < policy.ends:
        yield "dial.hours", "This is not the time to call people.", rules


def next_opening(policy: DialPolicy, now: datetime) -> datetime | None:
    """When calls are allowed again; None where they never are."""
    local = now.astimezone(zone_of(policy))
    for ahead in range(8):
        day = local + timedelta(days=ahead)
        begin = day.replace(hour=policy.begins.hour, minute=policy.begins.minute, second=0, microsecond=0)
        if day.weekday() in (policy.weekdays or list(range(7))) and begin > local:
            return begin
    return None

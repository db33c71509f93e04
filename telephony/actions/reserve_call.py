"""Checks every rule and sets the money of one call aside, one placement after the other (lessons T16; S2)."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from bots.actions.errors import ActionError
from bots.actions.start_call import start_call
from bots.models import Bot, Call, Direction
from telephony.actions.answer_call import PHONE, overrides_for
from telephony.carriers.base import CarrierCall, Placement
from telephony.models import CallLeg, DialPolicy, PhoneNumber
from telephony.selectors.addresses import webhook_url
from telephony.selectors.dial_policy import Permit, permit
from telephony.selectors.e164 import Destination

RING_S = 30
MARGIN_S = 5
"""The longest call ends that much before its last minute does: who hangs up late starts no further one."""
WAIT = timedelta(seconds=150)
"""How long a call waits for its stream, whichever process has placed it: queueing and ringing take their time."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A call somebody wants. ``key`` is the hash of the request, empty for none."""

    number_id: int
    to: Destination
    by: Any
    bot: Bot | None
    custom: dict[str, str] = field(default_factory=dict)
    key: str = ""


@dataclass(frozen=True, slots=True)
class Reserved:
    """A leg with its money, and what the carrier is to be asked; None when it was asked already."""

    leg: CallLeg
    placement: Placement | None


@transaction.atomic
def reserve_call(wanted: Wanted) -> Reserved:
    """Create the call and its leg. Raises ActionError for the first rule that is against it; then nothing is left."""
    DialPolicy.objects.get_or_create(pk=1)
    policy = DialPolicy.objects.select_for_update().get(pk=1)  # one placement after the other
    if wanted.key and (earlier := CallLeg.objects.filter(request_key=wanted.key).first()):
        return Reserved(_same(earlier, wanted), None)
    number = PhoneNumber.objects.select_related("account", "bot__live_version").get(pk=wanted.number_id)
    bot = Bot.objects.select_related("live_version").get(pk=wanted.bot.pk) if wanted.bot else number.bot
    allowed = permit(policy=policy, number=number, to=wanted.to, bot=bot, now=timezone.now())
    assert bot is not None  # noqa: S101 (no permit without a bot)
    call = _call(bot, number, wanted, allowed)
    leg = CallLeg.objects.create(
        call=call, account=number.account, number=number, direction=CallLeg.Direction.OUTBOUND,
        from_number=number.e164, to_number=wanted.to.e164, country=wanted.to.country, custom=wanted.custom,
        created_at=timezone.now(), placed_by=wanted.by, request_key=wanted.key, max_duration_s=longest(allowed),
        reserved=allowed.reserve, minute_price=allowed.price, currency=allowed.currency,
    )  # fmt: skip
    return Reserved(leg, _placement(leg, call))


def longest(allowed: Permit) -> int:
    """Return how many seconds a call may last."""
    return allowed.minutes * 60 - MARGIN_S


def _same(leg: CallLeg, wanted: Wanted) -> CallLeg:
    """Return the leg that the same request has placed before. Raises ``input.request_key`` where it asks otherwise."""
    other_bot = wanted.bot is not None and leg.call is not None and leg.call.bot_id != wanted.bot.pk
    if (leg.number_id, leg.to_number) != (wanted.number_id, wanted.to.e164) or other_bot or leg.custom != wanted.custom:
        raise ActionError(
            "input.request_key", "This idempotency key was used for another call.",
            next_step="Send a new key with every new call.", http_status=422,
        )  # fmt: skip
    return leg


def _call(bot: Bot, number: PhoneNumber, wanted: Wanted, allowed: Permit) -> Call:
    """Create the call; it belongs to no process until its stream comes, so that it outlives the one that places it."""
    told = CarrierCall("", number.e164, wanted.to.e164, outbound=True, custom=wanted.custom)
    overrides = overrides_for(bot, number, told)
    spec = bot.live_version.spec if bot.live_version else {}
    limits, most = dict(spec.get("limits") or {}), longest(allowed)
    overrides["limits"] = {**limits, "max_duration_s": min(float(limits.get("max_duration_s") or most), most)}
    overrides["phone"] = {**(spec.get("phone") or {}), "outbound": True}
    call = start_call(user=wanted.by, bot=bot, transport=PHONE, direction=Direction.OUTBOUND, overrides=overrides)
    Call.objects.filter(pk=call.pk).update(owner="", lease_until=timezone.now() + WAIT)
    return call


def _placement(leg: CallLeg, call: Call) -> Placement:
    """What the carrier is asked. Raises ActionError ``public_url.missing``."""
    phone = call.spec.get("phone") or {}
    return Placement(
        from_number=leg.from_number, to_number=leg.to_number, answer_url=webhook_url(leg.account, "answer", leg.pk),
        status_url=webhook_url(leg.account, "status"), ring_s=RING_S, max_duration_s=leg.max_duration_s,
        detect_machine=bool(phone.get("detect", True)),
    )  # fmt: skip

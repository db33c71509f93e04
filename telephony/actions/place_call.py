"""Places one call: checked and paid for before the carrier hears of it (lessons T16; reliability S2)."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from bots.actions.errors import ActionError
from bots.actions.finish_call import finish_call
from bots.actions.start_call import start_call
from bots.engine.errors import EngineError
from bots.models import Bot, Direction
from telephony.actions.answer_call import PHONE, overrides_for
from telephony.carriers.base import CarrierAPI, CarrierCall, Placement
from telephony.models import CallLeg, DialPolicy, LegStatus, PhoneNumber
from telephony.selectors.access import api_of
from telephony.selectors.addresses import webhook_url
from telephony.selectors.dial_policy import Permit, permit
from telephony.selectors.e164 import Destination, destination

log = logging.getLogger(__name__)

RING_S = 30
REFUSALS_KEPT = 20
"""Refused attempts of one number that are kept an hour: a flood does not fill the table."""


def place_call(
    *,
    number: PhoneNumber,
    to: str,
    by: Any,
    bot: Bot | None = None,
    custom: Mapping[str, str] | None = None,
    api: CarrierAPI | None = None,
) -> CallLeg:
    """Dial; answers the leg, which the carrier knows by then. ``api`` is the seam to the carrier.

    Raises ActionError with the rule that is against it (``dial.…``, ``number.…``, ``bot.…``) before the carrier is
    asked, and ``carrier.…`` when the carrier refuses; both are kept with a leg.
    """
    if not by.has_perm("telephony.place_call"):
        raise ActionError(
            "dial.forbidden", "You may not place calls.", next_step="Ask an administrator.", http_status=403
        )
    chosen = bot or number.bot
    try:
        target = destination(to)
        leg = _reserve(number, target, by, chosen, dict(custom or {}))
    except ActionError as error:
        _keep_refusal(number, error, by)
        raise
    try:
        leg.carrier_call_id = asyncio.run(_ask(api or api_of(number.account), leg))
    except EngineError as error:
        _give_up(leg, error)
        told = {"owner": error.owner, "next_step": error.next_step}
        raise ActionError(error.code, error.message, http_status=502, **told) from error
    leg.status = LegStatus.QUEUED
    CallLeg.objects.filter(pk=leg.pk).update(carrier_call_id=leg.carrier_call_id)
    CallLeg.objects.filter(pk=leg.pk, status=LegStatus.CREATED).update(status=LegStatus.QUEUED)
    leg.refresh_from_db()
    return leg


@transaction.atomic
def _reserve(number: PhoneNumber, to: Destination, by: Any, bot: Bot | None, custom: dict[str, str]) -> CallLeg:
    """Check every rule and set the money aside, one placement after the other."""
    DialPolicy.objects.get_or_create(pk=1)
    policy = DialPolicy.objects.select_for_update().get(pk=1)
    allowed: Permit = permit(policy=policy, number=number, to=to, bot=bot, now=timezone.now())
    assert bot is not None  # noqa: S101 (no permit without a bot)
    told = CarrierCall("", number.e164, to.e164, outbound=True, custom=custom)
    overrides = overrides_for(bot, number, told)
    limits = dict((bot.live_version.spec if bot.live_version else {}).get("limits") or {})
    longest = allowed.minutes * 60
    overrides["limits"] = {**limits, "max_duration_s": min(float(limits.get("max_duration_s") or longest), longest)}
    call = start_call(
        user=by, bot=bot, transport=PHONE, direction=Direction.OUTBOUND, overrides=overrides
    )  # fmt: skip
    return CallLeg.objects.create(
        call=call, account=number.account, number=number, direction=CallLeg.Direction.OUTBOUND,
        from_number=number.e164, to_number=to.e164, country=to.country, custom=custom, created_at=timezone.now(),
        placed_by=by, max_duration_s=longest, reserved=allowed.reserve, currency=allowed.currency,
    )  # fmt: skip


async def _ask(api: CarrierAPI, leg: CallLeg) -> str:
    account = leg.account
    try:
        return await api.place_call(
            Placement(
                from_number=leg.from_number,
                to_number=leg.to_number,
                answer_url=webhook_url(account, "answer", leg.pk),
                status_url=webhook_url(account, "status"),
                ring_s=RING_S,
                max_duration_s=leg.max_duration_s,
                detect_machine=True,
            )  # fmt: skip
        )
    finally:
        await api.aclose()


@transaction.atomic
def _give_up(leg: CallLeg, error: EngineError) -> None:
    CallLeg.objects.filter(pk=leg.pk).update(
        status=LegStatus.FAILED, ended_at=timezone.now(), refusal_code=error.code, refusal_sentence=error.message[:300],
        reserved=0,
    )  # fmt: skip
    if leg.call_id is not None:
        finish_call(call_id=leg.call_id, reason="not_connected", duration_s=0.0, error_code=error.code)


def _keep_refusal(number: PhoneNumber, error: ActionError, by: Any) -> None:
    """A refused attempt is seen on the number's page; the destination is not kept where it is no number."""
    now = timezone.now()
    lately = CallLeg.objects.filter(number=number, status=LegStatus.REFUSED, created_at__gte=now - timedelta(hours=1))
    log.warning("a call was not placed", extra={"code": error.code, "number": number.pk})
    if lately.count() < REFUSALS_KEPT:
        CallLeg.objects.create(
            account=number.account, number=number, direction=CallLeg.Direction.OUTBOUND, from_number=number.e164,
            status=LegStatus.REFUSED, created_at=now, ended_at=now, placed_by=by, refusal_code=error.code,
            refusal_sentence=error.message[:300],
        )  # fmt: skip

"""Places one call: checked and paid for before the carrier hears of it (lessons T16; reliability S2).

All rules are looked at, and the money is set aside, in one transaction that holds the policy's row: two calls at the
edge of a cap are one after the other. The carrier is asked outside of it.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from bots.actions.call_tokens import digest
from bots.actions.errors import ActionError
from bots.actions.finish_call import finish_call
from bots.engine.errors import EngineError
from bots.models import Bot, UnreadableCredential
from telephony.actions.keep_refusal import keep_refusal
from telephony.actions.reserve_call import Wanted, reserve_call
from telephony.actions.settle_cost import settle_failure
from telephony.carriers.base import CarrierAPI, Placement
from telephony.carriers.errors import CarrierError, CarrierKeysWrong, CarrierUnreachable
from telephony.models import CallLeg, LegStatus, PhoneNumber
from telephony.selectors.access import api_of
from telephony.selectors.custom_values import custom_values
from telephony.selectors.e164 import Destination, destination

log = logging.getLogger(__name__)

MAX_KEY = 200


@dataclass(frozen=True, slots=True)
class Placed:
    """A leg, and whether an earlier request with the same key had placed it already."""

    leg: CallLeg
    again: bool = False


def place_call(
    *,
    number: PhoneNumber,
    to: str,
    by: Any,
    bot: Bot | None = None,
    custom: Mapping[str, object] | None = None,
    api: CarrierAPI | None = None,
) -> CallLeg:
    """Dial; answers the leg, which the carrier knows by then. ``api`` is the seam to the carrier.

    Raises ActionError with the rule that is against it (``dial.…``, ``number.…``, ``bot.…``) before the carrier is
    asked, and ``carrier.…`` when the carrier refuses; both are kept with a leg.
    """
    return place_once(number=number, to=to, by=by, bot=bot, custom=custom, api=api).leg


def place_once(
    *,
    number: PhoneNumber,
    to: str,
    by: Any,
    bot: Bot | None = None,
    custom: Mapping[str, object] | None = None,
    api: CarrierAPI | None = None,
    key: str = "",
) -> Placed:
    """Dial like :func:`place_call`; the same person's second request with the same ``key`` answers the first's leg.

    Raises ActionError ``input.request_key`` for a key that was used for another call.
    """
    target: Destination | None = None
    try:
        if not by.is_active or not by.has_perm("telephony.place_call"):
            raise ActionError(
                "dial.forbidden", "You may not place calls.", next_step="Ask an administrator.", http_status=403
            )
        target = destination(to)
        wanted = Wanted(number.pk, target, by, bot, custom_values(custom), _hashed(key, by))
        reserved = reserve_call(wanted)
    except ActionError as error:
        keep_refusal(number, error, by, target)
        raise
    if reserved.placement is None:
        return Placed(reserved.leg, again=True)
    return Placed(_dial(reserved.leg, reserved.placement, api))


def _hashed(key: str, by: Any) -> str:
    if len(key) > MAX_KEY or not key.isprintable():
        raise ActionError(
            "input.request_key", "The idempotency key is too long or holds unprintable characters.",
            next_step="Send another one, such as a UUID.",
        )  # fmt: skip
    return digest(f"{by.pk}:{key}") if key else ""


def _dial(leg: CallLeg, placement: Placement, api: CarrierAPI | None) -> CallLeg:
    """Ask the carrier, and note what it answers."""
    try:
        found = asyncio.run(_ask(api or _api_for(leg), placement))
        _note_placed(leg, found)
    except EngineError as error:
        if not _give_up(leg, error):
            leg.refresh_from_db()
            return leg
        told = {"owner": error.owner, "next_step": error.next_step}
        raise ActionError(error.code, error.message, http_status=502, **told) from error
    leg.refresh_from_db()
    return leg


def _api_for(leg: CallLeg) -> CarrierAPI:
    try:
        return api_of(leg.account)
    except UnreadableCredential:
        raise CarrierKeysWrong("The account's secrets cannot be opened with the configured keys.") from None


async def _ask(api: CarrierAPI, placement: Placement) -> str:
    try:
        return await api.place_call(placement)
    finally:
        await api.aclose()


def _note_placed(leg: CallLeg, carrier_call_id: str) -> None:
    """Keep the carrier's id unless a webhook, which may be quicker than the answer, has brought it."""
    try:
        with transaction.atomic():
            CallLeg.objects.filter(pk=leg.pk, carrier_call_id="").update(carrier_call_id=carrier_call_id[:120])
            CallLeg.objects.filter(pk=leg.pk, status=LegStatus.CREATED).update(status=LegStatus.QUEUED)
    except IntegrityError:
        raise CarrierError("The carrier gave the call an id that another call has.") from None


@transaction.atomic
def _give_up(leg: CallLeg, error: EngineError) -> bool:
    """Make the leg and its call final; what was set aside is free again, as far as the carrier cannot have dialled.

    Answers False where the carrier failed to answer us and asks about the call all the same: it was placed.
    """
    found = CallLeg.objects.select_for_update(no_key=True, of=("self",)).get(pk=leg.pk)
    log.warning("a call could not be placed at its carrier", extra={"leg": str(leg.pk), "code": error.code})
    in_doubt = isinstance(error, CarrierUnreachable) or type(error) is CarrierError
    if found.carrier_call_id and in_doubt:
        return False
    if found.is_final:
        return True
    found.status, found.ended_at = LegStatus.FAILED, timezone.now()
    found.refusal_code, found.refusal_sentence = error.code, error.message[:300]
    settle_failure(found, may_have_dialled=in_doubt)
    found.save()
    if found.call_id is not None:
        finish_call(call_id=found.call_id, reason="not_connected", duration_s=0.0, error_code=error.code)
    return True

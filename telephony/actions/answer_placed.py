"""Somebody took a call of ours: connect them with its bot, or end it (TEL-03; lessons T16, reliability T7)."""

import uuid

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from telephony.actions.answer_call import Answered
from telephony.actions.record_status import record_status
from telephony.actions.stream_tokens import stream_answer
from telephony.carriers import carrier_named
from telephony.carriers.base import CarrierCall, StatusReport
from telephony.models import OPEN_LEG, CallLeg, CarrierAccount, LegStatus

REFERENCE = "custom_field"
"""Under this name a carrier that cannot be told an address brings back what the call was placed with."""


@transaction.atomic
def answer_placed(
    *, account: CarrierAccount, call: CarrierCall, leg_id: uuid.UUID | None = None, report: StatusReport | None = None
) -> Answered:
    """Answer for a call that this house has placed; asked again, the same way, until its stream has begun.

    The leg is named by the address, or found by what the carrier tells. The question may be quicker than the answer to
    our own request: the carrier's id is taken from it then. ``report`` is what else it tells, as who has answered.
    """
    leg = _leg_of(account, call, leg_id)
    if leg is None:
        return Answered(carrier_named(account.carrier).over_document())
    if not leg.carrier_call_id:
        leg.carrier_call_id = call.carrier_call_id
        leg.save(update_fields=["carrier_call_id"])
    if leg.status in OPEN_LEG:
        record_status(leg.pk, report or StatusReport(call.carrier_call_id, LegStatus.ANSWERED, at=timezone.now()))
        leg.refresh_from_db()
    over = leg.call is None or leg.call.is_final or leg.status not in OPEN_LEG
    if over or leg.token_used_at is not None:
        return Answered(carrier_named(account.carrier).over_document(), leg)
    return Answered(stream_answer(leg), leg)


def _leg_of(account: CarrierAccount, call: CarrierCall, leg_id: uuid.UUID | None) -> CallLeg | None:
    """Return the leg, locked; None for one of another account, of another call, or none at all."""
    placed = CallLeg.objects.filter(account=account, direction=CallLeg.Direction.OUTBOUND, parent__isnull=True)
    found = _named(placed.filter(pk=leg_id), call) if leg_id is not None else _told(placed, call)
    if found is None:
        return None
    return placed.select_for_update(no_key=True, of=("self",)).select_related("account", "call").get(pk=found.pk)


def _named(legs: QuerySet[CallLeg], call: CarrierCall) -> CallLeg | None:
    """The leg of the address, unless it is another call's or the call another leg's."""
    leg = legs.filter(Q(carrier_call_id=call.carrier_call_id) | Q(carrier_call_id="")).first()
    return None if leg is None or (not leg.carrier_call_id and _is_taken(leg, call)) else leg


def _told(legs: QuerySet[CallLeg], call: CarrierCall) -> CallLeg | None:
    """The leg of the carrier's id, of the reference, or of the two numbers, whichever way round they are told."""
    known = legs.filter(carrier_call_id=call.carrier_call_id).first()
    if known is not None:
        return known
    waiting = legs.filter(carrier_call_id="", status__in=OPEN_LEG)
    reference = call.custom.get(REFERENCE, "")
    if reference:
        try:
            return waiting.filter(pk=uuid.UUID(reference)).first()
        except ValueError:
            pass
    ends = (call.from_number, call.to_number)
    between = Q(from_number=ends[0], to_number=ends[1]) | Q(from_number=ends[1], to_number=ends[0])
    return waiting.filter(between).order_by("created_at").first()


def _is_taken(leg: CallLeg, call: CarrierCall) -> bool:
    return CallLeg.objects.filter(account_id=leg.account_id, carrier_call_id=call.carrier_call_id).exists()

"""Calls at carriers that a person may see, and what a program is told of one."""

import uuid
from typing import Any

from django.db.models import Q, QuerySet

from bots.selectors.calls import calls_visible_to, may_see_all_calls
from telephony.models import CallLeg
from telephony.selectors.masking import shown_to


def legs_visible_to(user: Any) -> QuerySet[CallLeg]:
    """Return the legs of calls that the person may open, and those that they placed themselves."""
    if not user.is_authenticated or not user.is_active:
        return CallLeg.objects.none()
    legs = CallLeg.objects.select_related("call__bot", "account", "number")
    if may_see_all_calls(user):
        return legs
    return legs.filter(Q(placed_by=user) | Q(call__in=calls_visible_to(user)))


def leg_visible_to(user: Any, leg_id: uuid.UUID) -> CallLeg | None:
    """Return one leg, or None when it does not exist for this person."""
    return legs_visible_to(user).filter(pk=leg_id).first()


def leg_document(leg: CallLeg, user: Any) -> dict[str, Any]:
    """Return a leg as the API tells it; numbers are shortened for who may not see them."""
    known = leg.call
    return {
        "id": str(leg.pk),
        "call_id": str(known.pk) if known else None,
        "call_url": f"/calls/{known.pk}/" if known else None,
        "bot": known.bot.slug if known else None,
        "direction": leg.direction,
        "from": shown_to(user, leg.from_number),
        "to": shown_to(user, leg.to_number),
        "country": leg.country,
        "status": leg.status,
        "final": leg.is_final,
        "answered_by": leg.answered_by,
        "created_at": leg.created_at.isoformat(),
        "answered_at": leg.answered_at.isoformat() if leg.answered_at else None,
        "ended_at": leg.ended_at.isoformat() if leg.ended_at else None,
        "duration_s": leg.duration_s,
        "end_reason": known.end_reason if known else "",
        "end_cause": leg.end_cause,
        "code": leg.refusal_code,
        "info": leg.refusal_sentence,
        "reserved": str(leg.reserved),
        "cost": None if leg.cost is None else str(leg.cost),
        "cost_is_estimated": leg.cost_is_estimated,
        "currency": leg.currency,
    }

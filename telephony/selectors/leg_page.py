"""What the call page's Telephone section and the call list say of a call at the carrier (core 21, reliability T3)."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from bots.models import Call
from telephony.carriers import carrier_named
from telephony.models import CallLeg, WebhookReceipt
from telephony.selectors.masking import may_see_numbers, shown_to

MAX_RECEIPTS = 200
ACKNOWLEDGED, UNACKNOWLEDGED = "playout.acknowledged", "playout.unacknowledged"


@dataclass(frozen=True, slots=True)
class Moment:
    """A state that the call has reached at the carrier."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message of the carrier, as it came; ``copies`` further ones had no effect."""

    at: datetime
    kind: str
    says: str
    copies: int


@dataclass(frozen=True, slots=True)
class Playout:
    """What the carrier told of the sound it played. ``tells`` is False for carriers that never do."""

    tells: bool
    marks: int
    estimated: bool


def moments_of(leg: CallLeg) -> list[Moment]:
    """The states with their times, in order."""
    known = [
        (_("placed") if leg.direction == CallLeg.Direction.OUTBOUND else _("arrived"), leg.created_at),
        (_("ringing"), leg.ringing_at),
        (_("answered"), leg.answered_at),
        (_("media connected"), leg.token_used_at),
        (_("hang-up asked for"), leg.hung_up_at),
        (str(leg.get_status_display()) if leg.is_final else _("over"), leg.ended_at),
    ]
    reached = [Moment(name, at) for name, at in known if at is not None]
    return sorted(reached, key=lambda moment: moment.at)


def arrivals_of(leg: CallLeg) -> list[Arrival]:
    """The carrier's messages in the order in which they came; at most 200."""
    rows: list[WebhookReceipt] = list(leg.receipts.order_by("received_at", "pk")[:MAX_RECEIPTS])
    return [Arrival(row.received_at, row.kind, _summary_of(row.summary), row.copies) for row in rows]


def _summary_of(summary: Any) -> str:
    """Short words of a message; never numbers of people, which the row shows elsewhere."""
    if not isinstance(summary, Mapping):
        return ""
    hidden = ("from", "to", "number", "caller", "name")
    kept = {name: value for name, value in summary.items() if not any(word in str(name).lower() for word in hidden)}
    told = {name: str(value) for name, value in kept.items() if value not in ("", None)}
    return ", ".join(value if name == "status" else f"{name} {value}" for name, value in told.items())[:200]


def playout_of(leg: CallLeg, call: Call) -> Playout:
    """How much of what was sent the carrier acknowledged as played, from the call's journal."""
    tells = carrier_named(leg.account.carrier).marks
    rows = call.events.filter(kind__in=(ACKNOWLEDGED, UNACKNOWLEDGED)).values_list("kind", "data")
    marks = sum(_count(data) for kind, data in rows if kind == ACKNOWLEDGED)
    return Playout(tells, marks, estimated=any(kind == UNACKNOWLEDGED for kind, _data in rows))


def _count(data: Any) -> int:
    marks = data.get("marks") if isinstance(data, Mapping) else None
    return marks if isinstance(marks, int) else len(marks) if isinstance(marks, list) else 0


@dataclass(frozen=True, slots=True)
class TransferShown:
    """Somebody with whom the caller was to be connected: the author's word for them, and what became of it."""

    name: str
    number: str
    state: str
    at: datetime
    duration_s: float | None
    cost: str


def transfers_of(leg: CallLeg, user: Any) -> list[TransferShown]:
    """Everybody who was to take the call, in order."""
    return [
        TransferShown(
            name=str(part.custom.get("name") or ""),
            number=shown_to(user, part.to_number),
            state=str(part.get_status_display()),
            at=part.created_at,
            duration_s=part.duration_s,
            cost=f"{part.cost} {part.currency}" if part.cost else "",
        )
        for part in leg.transfers.order_by("created_at", "pk")
    ]


def telephone_facts(call: Call, user: Any) -> dict[str, Any] | None:
    """The variables of the Telephone section; None for a call that no telephone had part in."""
    of_call = CallLeg.objects.filter(Q(call=call) | Q(earlier_calls=call))
    leg = of_call.select_related("account", "number", "placed_by").first()
    if leg is None:
        return None
    return {
        "leg": leg,
        "from_number": shown_to(user, leg.from_number),
        "to_number": shown_to(user, leg.to_number),
        "masked": not may_see_numbers(user),
        "moments": moments_of(leg),
        "arrivals": arrivals_of(leg),
        "playout": playout_of(leg, call),
        "transfers": transfers_of(leg, user),
    }


def far_ends(calls: Sequence[Call], user: Any) -> dict[uuid.UUID, str]:
    """The other party's number of those calls that telephones had part in."""
    known = [call.pk for call in calls]
    ends = ("direction", "from_number", "to_number")
    found = [
        *CallLeg.objects.filter(call__in=known).values_list("call_id", *ends),
        *CallLeg.objects.filter(earlier_calls__in=known).values_list("earlier_calls", *ends),
    ]
    return {
        call_id: shown_to(user, to if direction == CallLeg.Direction.OUTBOUND else caller) or _("hidden number")
        for call_id, direction, caller, to in found
    }

"""What carriers say of a call, in whatever order: the state only goes on, later facts fill gaps (reliability T4)."""

import uuid
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from bots.actions.finish_call import finish_call
from telephony.actions.settle_cost import settle_cost
from telephony.actions.close_transfers import close_transfers
from telephony.carriers.base import StatusReport
from telephony.models import FINAL_LEG, OPEN_LEG, AnsweredBy, CallLeg, LegStatus

_ORDER = {status: place for place, status in enumerate(OPEN_LEG)}
# The carrier's word on how a call ended, where no pipeline of ours has a better one.
END_REASONS: dict[str, str] = {
    LegStatus.COMPLETED: "caller_hung_up",
    LegStatus.BUSY: "not_answered",
    LegStatus.NO_ANSWER: "not_answered",
    LegStatus.FAILED: "not_connected",
    LegStatus.CANCELLED: "cancelled",
}


@transaction.atomic
def record_status(leg_id: uuid.UUID, report: StatusReport) -> bool:
    """Take one fact; answers whether it told anything new.

    The first final state stays. A call that no process runs becomes final with its leg; one that runs is ended by its
    process, which sees the leg (``hosting.watch``).
    """
    # Not the key's lock: receipts that are stored at once hold a share of it, and would wait for each other.
    leg = CallLeg.objects.select_for_update(no_key=True, of=("self",)).select_related("call").get(pk=leg_id)
    changed = _facts(leg, report)
    if _goes_on(leg.status, report.status):
        leg.status = report.status
        changed.add("status")
        changed |= _moments(leg, report.at or timezone.now())
    changed |= settle_cost(leg, report)
    if changed:
        leg.save(update_fields=sorted(changed))
    if leg.is_final and "status" in changed:
        close_transfers(leg)
    if leg.is_final and leg.call is not None and not leg.call.is_final and not leg.call.epoch:
        finish_call(call_id=leg.call.pk, reason=END_REASONS.get(leg.status, "cancelled"), duration_s=0.0)
    return bool(changed)


def _goes_on(before: str, after: str) -> bool:
    if before in FINAL_LEG:
        return False
    return after in FINAL_LEG or _ORDER[LegStatus(after)] > _ORDER[LegStatus(before)]


def _moments(leg: CallLeg, at: datetime) -> set[str]:
    """Note when the leg came into its state; the earliest report of a state counts."""
    field = {LegStatus.RINGING: "ringing_at", LegStatus.ANSWERED: "answered_at"}.get(LegStatus(leg.status))
    if leg.is_final:
        field = "ended_at"
    if field is None or getattr(leg, field) is not None:
        return set()
    setattr(leg, field, at)
    return {field}


def _facts(leg: CallLeg, report: StatusReport) -> set[str]:
    """Fill what is not known yet; a time that belongs to a passed state is kept too."""
    found: dict[str, Any] = {
        "duration_s": report.duration_s if report.status in FINAL_LEG else None,
        "end_cause": report.cause if report.status in FINAL_LEG else "",
    }
    if report.at is not None and report.status == LegStatus.RINGING:
        found["ringing_at"] = report.at
    if report.at is not None and report.status == LegStatus.ANSWERED:
        found["answered_at"] = report.at
    changed = set()
    for name, value in found.items():
        if value not in (None, "") and getattr(leg, name) in (None, ""):
            setattr(leg, name, value)
            changed.add(name)
    if report.answered_by not in (None, AnsweredBy.UNKNOWN) and leg.answered_by == AnsweredBy.UNKNOWN:
        leg.answered_by = str(report.answered_by)
        changed.add("answered_by")
    return changed

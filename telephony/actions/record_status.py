"""What carriers say of a call, in whatever order: the state only goes on, later facts fill gaps (reliability T4)."""

import uuid
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from bots.actions.finish_call import finish_call
from telephony.actions.close_transfers import close_transfers
from telephony.actions.settle_cost import settle_cost
from telephony.carriers.base import StatusReport
from telephony.models import FINAL_LEG, OPEN_LEG, AnsweredBy, CallLeg, LegStatus

BEFORE = timedelta(minutes=1)
"""Clocks differ; a time that is further before the call than this is no time of it."""
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
        moment = _moment_of(leg.status)
        if moment and getattr(leg, moment) is None:
            setattr(leg, moment, timezone.now())
            changed.add(moment)
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


def _moment_of(status: str) -> str:
    """The field for when a leg came into a state; empty for a state whose time is not kept."""
    if status in FINAL_LEG:
        return "ended_at"
    return {str(LegStatus.RINGING): "ringing_at", str(LegStatus.ANSWERED): "answered_at"}.get(str(status), "")


def _facts(leg: CallLeg, report: StatusReport) -> set[str]:
    """Fill what is not known yet. Of a state's time the earliest that the carrier tells counts, whenever it does."""
    is_end = report.status in FINAL_LEG
    found: dict[str, Any] = {
        "duration_s": report.duration_s if is_end else None,
        "end_cause": report.cause if is_end else "",
    }
    found = {name: value for name, value in found.items() if getattr(leg, name) in (None, "")}
    moment, at = _moment_of(report.status), report.at
    if moment and at is not None and at > leg.created_at - BEFORE:
        known = getattr(leg, moment)
        found[moment] = at if known is None or at < known else None
    if report.answered_by not in (None, AnsweredBy.UNKNOWN) and leg.answered_by == AnsweredBy.UNKNOWN:
        found["answered_by"] = str(report.answered_by)
    found = {name: value for name, value in found.items() if value not in (None, "")}
    for name, value in found.items():
        setattr(leg, name, value)
    return set(found)

"""Closes the legs of people who were dialled for a caller, when that caller's own leg is over."""

from django.utils import timezone

from telephony.actions.settle_cost import settle_cost
from telephony.models import OPEN_LEG, CallLeg, LegStatus


def close_transfer(leg: CallLeg, status: LegStatus, duration_s: float | None = None, cause: str = "") -> None:
    """Make the leg of a transfer final. Without a duration it is the time since the person was dialled."""
    now = timezone.now()
    talked = status == LegStatus.COMPLETED
    begun = leg.answered_at or leg.ringing_at or leg.created_at
    leg.status, leg.ended_at, leg.end_cause = status, now, cause
    leg.duration_s = duration_s if duration_s is not None or not talked else (now - begun).total_seconds()
    settle_cost(leg)
    leg.save()


def close_transfers(leg: CallLeg) -> None:
    """Close what is open: who was dialled talked until now, as far as is known; who was not never will be."""
    for open_leg in leg.transfers.filter(status__in=OPEN_LEG):
        dialled = open_leg.status != LegStatus.CREATED
        close_transfer(open_leg, taken_or_not(open_leg) if dialled else LegStatus.CANCELLED)


def taken_or_not(transfer: CallLeg) -> LegStatus:
    """What became of somebody who lifted off: who was asked for a key and did not press it has not taken the call."""
    return LegStatus.NO_ANSWER if transfer.custom.get("accepted") is False else LegStatus.COMPLETED

"""What Plivo asks and tells (Plivo's "XML request", "Application" and "Asynchronous machine detection").

Numbers come without their plus. A call we placed is known by the id of the request, which is the call's own where one
number was called.
"""

from __future__ import annotations

from telephony.carriers.base import CarrierCall, Dialled, StatusReport, WebhookRequest
from telephony.carriers.reading import (
    Form,
    call_id_in,
    custom_in,
    field,
    moment_in,
    money_in,
    number_in,
    seconds_in,
    status_in,
    told,
)
from telephony.models.carrier import AnsweredBy, LegStatus

STATUSES = {
    "queued": LegStatus.QUEUED,
    "ringing": LegStatus.RINGING,
    "early-media": LegStatus.RINGING,
    "in-progress": LegStatus.ANSWERED,
    "answered": LegStatus.ANSWERED,
    "completed": LegStatus.COMPLETED,
    "busy": LegStatus.BUSY,
    "failed": LegStatus.FAILED,
    "timeout": LegStatus.NO_ANSWER,
    "no-answer": LegStatus.NO_ANSWER,
    "cancel": LegStatus.CANCELLED,
    "canceled": LegStatus.CANCELLED,
}
ENDED = (LegStatus.COMPLETED, LegStatus.BUSY, LegStatus.FAILED, LegStatus.NO_ANSWER, LegStatus.CANCELLED)
STREAM_EVENTS = {"started", "stopped", "failed", "startstream", "stopstream", "degradedstream", "playedstream"}
MACHINE = {"true": AnsweredBy.MACHINE, "false": AnsweredBy.HUMAN}
CURRENCY = "USD"


def read_call(request: WebhookRequest) -> CarrierCall:
    """Read a voice webhook; SIP headers of the caller's side begin with ``X-PH-``."""
    form = told(request)
    return CarrierCall(
        carrier_call_id=_call_in(form),
        from_number=number_in(field(form, "From")),
        to_number=number_in(field(form, "To")),
        outbound=_is_outbound(form),
        caller_name=field(form, "CallerName")[:80],
        custom=custom_in(form, "custom_", "X-PH-"),
    )


def read_status(request: WebhookRequest) -> StatusReport | None:
    """Read what is told when a call rings, is answered by a machine, or ends; what streams do says nothing."""
    form = told(request)
    if field(form, "StreamID") or field(form, "Event").lower() in STREAM_EVENTS or not field(form, "CallStatus"):
        return None
    status = status_in(STATUSES, field(form, "CallStatus"))
    cost = money_in(field(form, "TotalCost"))
    return StatusReport(
        carrier_call_id=_call_in(form),
        status=status,
        at=moment_in(field(form, "EndTime")) if status in ENDED else None,
        duration_s=seconds_in(field(form, "Duration")),
        answered_by=MACHINE.get(field(form, "Machine").lower()),
        cause=field(form, "HangupCauseCode", "HangupCauseName", "HangupCause")[:80],
        cost=cost,
        currency="" if cost is None else CURRENCY,
    )


def read_dialled(request: WebhookRequest) -> Dialled | None:
    """Read what is asked when a dialled call is over."""
    form = told(request)
    if not field(form, "DialStatus"):
        return None
    status = status_in(STATUSES, field(form, "DialStatus"))
    return Dialled(
        status=status if status in ENDED else LegStatus.NO_ANSWER,
        duration_s=seconds_in(field(form, "DialBLegDuration")),
        carrier_call_id=field(form, "DialBLegUUID")[:120],
        cause=field(form, "DialHangupCause")[:80],
    )


def _is_outbound(form: Form) -> bool:
    return field(form, "Direction").lower() == "outbound"


def _call_in(form: Form) -> str:
    if _is_outbound(form):
        return call_id_in(form, "RequestUUID", "ALegRequestUUID", "CallUUID")
    return call_id_in(form, "CallUUID")

"""What Twilio tells of calls, and Telnyx in the same words (Twilio's "TwiML Request Parameters", "Call Resource" and
"AMD"; Telnyx's "TeXML Call Completed" and its fellows).
"""

from __future__ import annotations

from telephony.models.carrier import FINAL_LEG, AnsweredBy, LegStatus

from .base import CarrierCall, Dialled, StatusReport
from .reading import (
    Form,
    call_id_in,
    count_in,
    custom_in,
    field,
    moment_in,
    money_in,
    number_in,
    seconds_in,
    status_in,
)

STATUSES = {
    "queued": LegStatus.QUEUED,
    "initiated": LegStatus.QUEUED,
    "ringing": LegStatus.RINGING,
    "in-progress": LegStatus.ANSWERED,
    "answered": LegStatus.ANSWERED,
    "completed": LegStatus.COMPLETED,
    "busy": LegStatus.BUSY,
    "no-answer": LegStatus.NO_ANSWER,
    "failed": LegStatus.FAILED,
    "canceled": LegStatus.CANCELLED,
}
ANSWERED_BY = {
    "human": AnsweredBy.HUMAN,
    "human_residence": AnsweredBy.HUMAN,
    "human_business": AnsweredBy.HUMAN,
    "machine": AnsweredBy.MACHINE,
    "machine_start": AnsweredBy.MACHINE,
    "machine_end_beep": AnsweredBy.MACHINE,
    "machine_end_silence": AnsweredBy.MACHINE,
    "machine_end_other": AnsweredBy.MACHINE,
    "fax": AnsweredBy.FAX,
    "fax_detected": AnsweredBy.FAX,
    "unknown": AnsweredBy.UNKNOWN,
    "not_sure": AnsweredBy.UNKNOWN,
}


def call_in(form: Form) -> CarrierCall:
    """Read a voice webhook; fields of our own begin with ``custom_``, SIP headers with ``SipHeader_X-``."""
    return CarrierCall(
        carrier_call_id=call_id_in(form, "CallSid"),
        from_number=number_in(field(form, "From")),
        to_number=number_in(field(form, "To")),
        outbound=field(form, "Direction").startswith("outbound"),
        caller_name=field(form, "CallerName")[:80],
        custom=custom_in(form, "custom_", "SipHeader_X-"),
    )


def report_in(form: Form) -> StatusReport | None:
    """Read a status callback. What a machine detection found is told without a state: the call was answered then."""
    if field(form, "CallStatus"):
        return report(form, call_id_in(form, "CallSid"))
    answered_by = ANSWERED_BY.get(field(form, "AnsweredBy").lower())
    if answered_by is None:
        return None
    return StatusReport(call_id_in(form, "CallSid"), LegStatus.ANSWERED, answered_by=answered_by)


def report(form: Form, carrier_call_id: str) -> StatusReport:
    """Return what fields say of a call; a status that is not documented is refused, not guessed."""
    return StatusReport(
        carrier_call_id=carrier_call_id,
        status=status_in(STATUSES, field(form, "CallStatus")),
        sequence=count_in(field(form, "SequenceNumber")),
        at=moment_in(field(form, "Timestamp")),
        duration_s=seconds_in(field(form, "CallDuration")),
        answered_by=ANSWERED_BY.get(field(form, "AnsweredBy").lower()),
        cause=field(form, "ErrorCode", "SipResponseCode", "HangupCause")[:80],
        cost=money_in(field(form, "Price", "CallPrice")),
        currency=field(form, "PriceUnit")[:3].upper(),
    )


def dialled_in(form: Form) -> Dialled | None:
    """Read how the call of a ``<Dial>`` ended; one that was answered but never connected was declined."""
    if not field(form, "DialCallStatus"):
        return None
    status = status_in(STATUSES, field(form, "DialCallStatus"))
    if field(form, "DialBridged").lower() == "false" or status not in (LegStatus.ANSWERED, *FINAL_LEG):
        status = LegStatus.NO_ANSWER
    return Dialled(
        status=LegStatus.COMPLETED if status == LegStatus.ANSWERED else status,
        duration_s=seconds_in(field(form, "DialCallDuration")),
        carrier_call_id=field(form, "DialCallSid")[:120],
    )

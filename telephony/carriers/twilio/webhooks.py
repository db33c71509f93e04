"""What Twilio tells of calls (Twilio's "TwiML Request Parameters" and "StatusCallback")."""

from __future__ import annotations

from telephony.carriers.base import CarrierCall, StatusReport, WebhookRequest
from telephony.carriers.errors import WebhookMalformed
from telephony.carriers.reading import Form, call_id_in, count_in, field, moment_in, money_in, number_in, seconds_in
from telephony.models.carrier import AnsweredBy, LegStatus

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
    "machine_start": AnsweredBy.MACHINE,
    "machine_end_beep": AnsweredBy.MACHINE,
    "machine_end_silence": AnsweredBy.MACHINE,
    "machine_end_other": AnsweredBy.MACHINE,
    "machine": AnsweredBy.MACHINE,
    "fax": AnsweredBy.FAX,
    "unknown": AnsweredBy.UNKNOWN,
}
CUSTOM = "custom_"
MAX_CUSTOM = 16


def read_call(request: WebhookRequest) -> CarrierCall:
    """Read a voice webhook; fields of our own begin with ``custom_``, SIP headers with ``SipHeader_X-``."""
    form = request.form
    custom = {
        name.removeprefix(prefix).lower(): str(values[0])[:256]
        for prefix in (CUSTOM, "SipHeader_X-")
        for name, values in {**request.query, **form}.items()
        if name.startswith(prefix) and values
    }
    return CarrierCall(
        carrier_call_id=call_id_in(form, "CallSid"),
        from_number=number_in(field(form, "From")),
        to_number=number_in(field(form, "To")),
        outbound=field(form, "Direction").startswith("outbound"),
        caller_name=field(form, "CallerName")[:80],
        custom=dict(list(custom.items())[:MAX_CUSTOM]),
    )


def read_status(request: WebhookRequest) -> StatusReport | None:
    """Read a status callback; one about something else than the call's state says nothing."""
    form = request.form
    if not field(form, "CallStatus"):
        return None
    return report(form, call_id_in(form, "CallSid"))


def report(form: Form, carrier_call_id: str) -> StatusReport:
    """Return what the fields of a callback say; a status that is not documented is refused, not guessed."""
    status = STATUSES.get(field(form, "CallStatus").lower())
    if status is None:
        raise WebhookMalformed("The carrier names a status that is not known here.")
    return StatusReport(
        carrier_call_id=carrier_call_id,
        status=status,
        sequence=count_in(field(form, "SequenceNumber")),
        at=moment_in(field(form, "Timestamp")),
        duration_s=seconds_in(field(form, "CallDuration")),
        answered_by=ANSWERED_BY.get(field(form, "AnsweredBy")),
        cause=(field(form, "ErrorCode") or field(form, "SipResponseCode"))[:80],
        cost=money_in(field(form, "Price", "CallPrice")),
        currency=field(form, "PriceUnit")[:3].upper(),
    )

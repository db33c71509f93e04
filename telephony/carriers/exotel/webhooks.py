"""What Exotel asks and tells (Exotel's "StatusCallback" and "Working with Passthru Applet").

The Voicebot applet asks with GET; callbacks come as JSON, or as a form in parts. Numbers may be national ones, as
``08047491899``: they are India's, where such numbers are. Times have no zone, so none is believed.
"""

from __future__ import annotations

import json
from email.parser import BytesParser
from email.policy import HTTP

from telephony.carriers.base import CarrierCall, Dialled, StatusReport, WebhookRequest
from telephony.carriers.errors import WebhookMalformed
from telephony.carriers.reading import Form, call_id_in, custom_in, field, number_in, seconds_in, status_in, told
from telephony.models.carrier import LegStatus

STATUSES = {
    "queued": LegStatus.QUEUED,
    "ringing": LegStatus.RINGING,
    "in-progress": LegStatus.ANSWERED,
    "completed": LegStatus.COMPLETED,
    "busy": LegStatus.BUSY,
    "failed": LegStatus.FAILED,
    "no-answer": LegStatus.NO_ANSWER,
    "canceled": LegStatus.CANCELLED,
}
NATIONAL, INDIA = 10, "+91"
MAX_PARTS = 50


def read_call(request: WebhookRequest) -> CarrierCall:
    """Read what the Voicebot applet asks; ``CustomField`` is what the call was placed with."""
    form = fields_of(request)
    own = custom_in(form, "custom_")
    if field(form, "CustomField"):
        own = {"custom_field": field(form, "CustomField")[:256], **own}
    return CarrierCall(
        carrier_call_id=call_id_in(form, "CallSid"),
        from_number=number_of(field(form, "CallFrom", "From")),
        to_number=number_of(field(form, "CallTo", "To")),
        outbound=field(form, "Direction").lower().startswith("out"),
        custom=own,
    )


def read_status(request: WebhookRequest) -> StatusReport | None:
    """Read a status callback; one without a status says nothing."""
    form = fields_of(request)
    event, status = field(form, "EventType").lower(), field(form, "Status", "CallStatus")
    if event == "answered":
        return StatusReport(call_id_in(form, "CallSid"), LegStatus.ANSWERED)
    if not status:
        return None
    return StatusReport(
        carrier_call_id=call_id_in(form, "CallSid"),
        status=status_in(STATUSES, status),
        duration_s=seconds_in(field(form, "ConversationDuration", "DialCallDuration")),
    )


def read_dialled(request: WebhookRequest) -> Dialled | None:
    """Exotel tells of a dialled call with the status of the whole call only."""
    return None


def number_of(text: str) -> str:
    """Return a number as E.164: national ones are India's."""
    digits = text.strip().removeprefix("0")
    if text.strip() and not text.strip().startswith("+") and digits.isdecimal() and len(digits) == NATIONAL:
        return INDIA + digits
    return number_in(text)


def fields_of(request: WebhookRequest) -> Form:
    """Return the fields of a request in whichever form they came; raises ``webhook.malformed``."""
    kind = request.headers.get("content-type", "").lower()
    if request.method == "GET" or not request.body or request.form:
        return told(request)
    if kind.startswith("application/json"):
        return _of_json(request.body)
    if kind.startswith("multipart/form-data"):
        return _of_parts(request.headers["content-type"], request.body)
    raise WebhookMalformed("The carrier's message has a form that is not known here.")


def _of_json(body: bytes) -> Form:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise WebhookMalformed("The carrier's message cannot be read.") from None
    if not isinstance(found, dict):
        raise WebhookMalformed("The carrier's message is no object.")
    return {str(name): [str(value)] for name, value in found.items() if isinstance(value, (str, int, float))}


def _of_parts(content_type: str, body: bytes) -> Form:
    try:
        head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1")
        message = BytesParser(policy=HTTP).parsebytes(head + body)
        parts = list(message.iter_parts()) if message.is_multipart() else []
        found: dict[str, list[str]] = {}
        for part in parts[:MAX_PARTS]:
            name = part.get_param("name", header="content-disposition")
            value = part.get_payload(decode=True)
            if isinstance(name, str) and isinstance(value, bytes):
                found.setdefault(name, []).append(value.decode())
    except (ValueError, LookupError):
        raise WebhookMalformed("The carrier's message cannot be read.") from None
    if not found:
        raise WebhookMalformed("The carrier's message has no fields.")
    return found

"""What Twilio asks and tells (Twilio's "TwiML Request Parameters" and "StatusCallback"; TEL-04, lessons T17)."""

from __future__ import annotations

from telephony.carriers import progress
from telephony.carriers.base import CarrierCall, Dialled, StatusReport, WebhookRequest
from telephony.carriers.reading import told


def read_call(request: WebhookRequest) -> CarrierCall:
    """Read a voice webhook."""
    return progress.call_in(told(request))


def read_status(request: WebhookRequest) -> StatusReport | None:
    """Read a status callback; one about something else than the call's state says nothing."""
    return progress.report_in(told(request))


def read_dialled(request: WebhookRequest) -> Dialled | None:
    """Read what is asked when a dialled call is over."""
    return progress.dialled_in(told(request))

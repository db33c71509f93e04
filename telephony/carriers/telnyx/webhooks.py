"""What Telnyx asks and tells: TeXML's forms, in Twilio's words (Telnyx's "TeXML Call Initiated" to "Completed")."""

from __future__ import annotations

from telephony.carriers import progress
from telephony.carriers.base import CarrierCall, Dialled, StatusReport, WebhookRequest


def read_call(request: WebhookRequest) -> CarrierCall:
    """Read a voice webhook: of its body alone, which is what is signed."""
    return progress.call_in(request.form)


def read_status(request: WebhookRequest) -> StatusReport | None:
    """Read a status callback; one about something else than the call's state says nothing."""
    return progress.report_in(request.form)


def read_dialled(request: WebhookRequest) -> Dialled | None:
    """Read what is asked when a dialled call is over."""
    return progress.dialled_in(request.form)

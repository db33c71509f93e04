"""A call that we placed was answered: what now? (TEL-03, TEL-04)"""

import uuid

from bots.hosting.presence import is_draining
from telephony.actions.answer_placed import answer_placed
from telephony.actions.note_webhook import digest_of, note_webhook
from telephony.carriers import carrier_named
from telephony.carriers.base import AnswerDocument, StatusReport, WebhookRequest
from telephony.carriers.carrier import Carrier
from telephony.carriers.errors import WebhookMalformed
from telephony.models import CarrierAccount

from .requests import for_carriers


@for_carriers("POST", "GET", on_trouble=True)
def answered(account: CarrierAccount, request: WebhookRequest, leg_id: uuid.UUID) -> AnswerDocument:
    """Connect the person who took the call with its bot; a server that is about to stop cannot."""
    carrier = carrier_named(account.carrier)
    if is_draining():
        return carrier.over_document()
    call = carrier.read_call(request)
    done = answer_placed(account=account, call=call, leg_id=leg_id, report=report_in(carrier, request))
    note_webhook(account=account, leg=done.leg, kind="answer", digest=digest_of(request), summary={})
    return done.document


def report_in(carrier: Carrier, request: WebhookRequest) -> StatusReport | None:
    """Return what the question tells of the call's state; a question without a state is one all the same."""
    try:
        return carrier.read_status(request)
    except WebhookMalformed:
        return None

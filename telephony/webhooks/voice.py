"""A caller is there: what now? (TEL-03, TEL-04)"""

from bots.hosting.presence import is_draining
from telephony.actions.answer_call import answer_call
from telephony.actions.answer_placed import answer_placed
from telephony.actions.go_on import came_back
from telephony.actions.note_webhook import digest_of, note_webhook
from telephony.carriers import carrier_named
from telephony.carriers.base import AnswerDocument, WebhookRequest
from telephony.models import CarrierAccount

from .requests import for_carriers


@for_carriers("POST", "GET", on_trouble=True)
def voice(account: CarrierAccount, request: WebhookRequest) -> AnswerDocument:
    """Connect the caller with the number's bot; a server that is about to stop takes nobody.

    A carrier that cannot be told an address of its own for a call that we placed asks here too.
    """
    carrier = carrier_named(account.carrier)
    call = carrier.read_call(request)
    if is_draining():
        return carrier.over_document() if call.outbound else carrier.busy_document()
    if (document := came_back(account=account, carrier_call_id=call.carrier_call_id)) is not None:
        return document
    answered = (answer_placed if call.outbound else answer_call)(account=account, call=call)
    note_webhook(account=account, leg=answered.leg, kind="voice", digest=digest_of(request), summary={})
    return answered.document

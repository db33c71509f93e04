"""A call was taken off its stream: what now? (TEL-23)"""

import uuid

from telephony.actions.brief_person import brief_person
from telephony.actions.go_on import go_on
from telephony.carriers import carrier_named
from telephony.carriers.base import AnswerDocument, WebhookRequest
from telephony.carriers.reading import field, told
from telephony.models import CallLeg, CarrierAccount

from .requests import for_carriers


@for_carriers("POST", "GET", on_trouble=True)
def following(account: CarrierAccount, request: WebhookRequest, leg_id: uuid.UUID) -> AnswerDocument:
    """Connect the caller with whom the bot said, bring them back to the bot, or end the call."""
    return go_on(account=account, leg_id=leg_id, request=request)


@for_carriers("POST", on_trouble=True)
def brief(account: CarrierAccount, request: WebhookRequest, leg_id: uuid.UUID) -> AnswerDocument:
    """Say to the person who was dialled what the bot's author wants them to know, and hear whether they take it."""
    return brief_person(account=account, leg_id=leg_id, key=field(told(request), "Digits")[:1])


@for_carriers("GET", on_trouble=True)
def connect(account: CarrierAccount, request: WebhookRequest) -> AnswerDocument:
    """Answer a carrier's flow that asks whom to dial, and names the call by its own id only (Exotel)."""
    carrier = carrier_named(account.carrier)
    told_id = carrier.read_call(request).carrier_call_id
    leg = CallLeg.objects.filter(account=account, carrier_call_id=told_id).first()
    return go_on(account=account, leg_id=leg.pk, request=request) if leg is not None else carrier.over_document()

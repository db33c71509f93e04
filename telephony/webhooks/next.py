"""A call was taken off its stream: what now? (TEL-23)"""

import uuid

from telephony.actions.go_on import go_on
from telephony.carriers.base import AnswerDocument, WebhookRequest
from telephony.models import CarrierAccount

from .requests import for_carriers


@for_carriers("POST", "GET", on_trouble=True)
def following(account: CarrierAccount, request: WebhookRequest, leg_id: uuid.UUID) -> AnswerDocument:
    """Connect the caller with whom the bot said, or end the call when that is over."""
    return go_on(account=account, leg_id=leg_id)

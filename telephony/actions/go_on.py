"""What a carrier is to do with a call that left its stream: connect it, or end it (TEL-23)."""

import uuid

from django.db import transaction

from telephony.carriers import carrier_named
from telephony.carriers.base import AnswerDocument
from telephony.models import CallLeg, CarrierAccount
from telephony.selectors.addresses import webhook_url

RING_S = 30


@transaction.atomic
def go_on(*, account: CarrierAccount, leg_id: uuid.UUID) -> AnswerDocument:
    """The first question is answered with the transfer's target, every later one with the end of the call."""
    carrier = carrier_named(account.carrier)
    leg = CallLeg.objects.select_for_update().filter(pk=leg_id, account=account).first()
    transfer = leg.custom.get("transfer") if leg is not None else None
    if leg is None or not transfer or transfer.get("state") != "asked":
        return carrier.busy_document()
    leg.custom = {**leg.custom, "transfer": {**transfer, "state": "dialled"}}
    leg.save(update_fields=["custom"])
    ours = leg.to_number if leg.direction == CallLeg.Direction.INBOUND else leg.from_number
    return carrier.dial_document(transfer["target"], ours, RING_S, webhook_url(account, "next", leg.pk))

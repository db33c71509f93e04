"""Notes whom a caller is to be connected with, after the same checks as a call of our own (reliability S2)."""

import uuid

from django.db import transaction

from bots.actions.errors import ActionError
from telephony.models import OPEN_LEG, CallLeg
from telephony.selectors.addresses import webhook_url


@transaction.atomic
def begin_transfer(*, leg_id: uuid.UUID, target: str) -> str:
    """Keep the target with the leg; answers the address that the carrier is to ask.

    Raises ActionError ``call.gone`` when the call is over at the carrier.
    """
    leg = CallLeg.objects.select_for_update().select_related("account").get(pk=leg_id)
    if leg.status not in OPEN_LEG:
        raise ActionError("call.gone", "The call is over.", http_status=409)
    leg.custom = {**leg.custom, "transfer": {"target": target, "state": "asked"}}
    leg.save(update_fields=["custom"])
    return webhook_url(leg.account, "next", leg.pk)

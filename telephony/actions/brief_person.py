"""Says to the person who was dialled who is on the line, and takes their word for it (warm transfer)."""

import uuid

from django.db import transaction
from django.utils import timezone

from telephony.carriers import carrier_named
from telephony.carriers.base import AnswerDocument
from telephony.models import OPEN_LEG, CallLeg, CarrierAccount
from telephony.selectors.addresses import webhook_url

ACCEPT = "1"


@transaction.atomic
def brief_person(*, account: CarrierAccount, leg_id: uuid.UUID, key: str) -> AnswerDocument:
    """Return the brief, or, with a ``key``, what comes of it: only 1 takes the call."""
    carrier = carrier_named(account.carrier)
    locked = CallLeg.objects.select_for_update(no_key=True, of=("self",)).filter(pk=leg_id, account=account)
    transfer = locked.select_related("number", "account").first()
    if transfer is None or transfer.parent_id is None or transfer.status not in OPEN_LEG:
        return carrier.over_document()
    transfer.answered_at = transfer.answered_at or timezone.now()  # who hears this has lifted off: that is paid for
    if not key:
        if carrier.asks_for_key:
            transfer.custom = {**transfer.custom, "accepted": False}
        transfer.save(update_fields=["custom", "answered_at"])
        language = transfer.number.language if transfer.number else ""
        return carrier.brief_document(
            str(transfer.custom.get("brief") or ""), language, webhook_url(account, "brief", transfer.pk)
        )
    accepted = key == ACCEPT
    transfer.custom = {**transfer.custom, "accepted": accepted}
    transfer.save(update_fields=["custom", "answered_at"])
    return carrier.accept_document(accepted=accepted)

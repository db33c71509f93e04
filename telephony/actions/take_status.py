"""A carrier's message about a call: kept and acted on together, once (reliability T2, T3)."""

from django.db import transaction

from telephony.actions.note_webhook import note_webhook
from telephony.actions.record_status import record_status
from telephony.carriers.base import StatusReport
from telephony.models import CallLeg, CarrierAccount


@transaction.atomic
def take_status(*, account: CarrierAccount, report: StatusReport, digest: str) -> bool:
    """Take a message; answers whether it told anything new. One about a call that is not ours is not stored.

    A message that is kept without its effect would be refused as a copy when it comes again: so both or neither.
    """
    leg = CallLeg.objects.filter(account=account, carrier_call_id=report.carrier_call_id).first()
    if leg is None:
        return False
    summary = {"status": str(report.status), "sequence": report.sequence, "cause": report.cause}
    if not note_webhook(account=account, leg=leg, kind="status", digest=digest, summary=summary):
        return False
    return record_status(leg.pk, report)

"""What a carrier tells of a call: in any order, twice, or never (reliability T2 to T5)."""

from telephony.actions.note_webhook import digest_of, note_webhook
from telephony.actions.record_status import record_status
from telephony.carriers import carrier_named
from telephony.carriers.base import WebhookRequest
from telephony.models import CallLeg, CarrierAccount

from .requests import for_carriers


@for_carriers("POST", "GET")
def status(account: CarrierAccount, request: WebhookRequest) -> None:
    """Take one fact; a call that is not ours is not stored."""
    report = carrier_named(account.carrier).read_status(request)
    if report is None:
        return
    leg = CallLeg.objects.filter(account=account, carrier_call_id=report.carrier_call_id).first()
    if leg is None:
        return
    summary = {"status": str(report.status), "sequence": report.sequence, "cause": report.cause}
    if note_webhook(account=account, leg=leg, kind="status", digest=digest_of(request), summary=summary):
        record_status(leg.pk, report)

"""What a carrier tells of a call: in any order, twice, or never (reliability T2 to T5)."""

from telephony.actions.note_webhook import digest_of
from telephony.actions.take_status import take_status
from telephony.carriers import carrier_named
from telephony.carriers.base import WebhookRequest
from telephony.models import CarrierAccount

from .requests import for_carriers


@for_carriers("POST", "GET")
def status(account: CarrierAccount, request: WebhookRequest) -> None:
    """Take one fact; a call that is not ours is not stored."""
    report = carrier_named(account.carrier).read_status(request)
    if report is not None:
        take_status(account=account, report=report, digest=digest_of(request))

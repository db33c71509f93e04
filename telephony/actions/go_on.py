"""What a carrier is to do with a call that has left its stream: dial, go back to the bot, or end it (TEL-23)."""

import uuid

from django.db import transaction
from django.utils import timezone

from telephony.actions.begin_transfer import ours_of
from telephony.actions.close_transfers import close_transfer, taken_or_not
from telephony.actions.resume_call import resume_call
from telephony.carriers import carrier_named
from telephony.carriers.base import AnswerDocument, Dial, Dialled, WebhookRequest
from telephony.models import OPEN_LEG, CallLeg, CarrierAccount, LegStatus
from telephony.selectors.addresses import webhook_url

RING_S = 30


@transaction.atomic
def go_on(*, account: CarrierAccount, leg_id: uuid.UUID, request: WebhookRequest) -> AnswerDocument:
    """Answer the carrier's question; the same question gets the same answer, however often it comes."""
    carrier = carrier_named(account.carrier)
    locked = CallLeg.objects.select_for_update(no_key=True, of=("self",)).filter(pk=leg_id, account=account)
    leg = locked.select_related("account", "number", "call__bot", "call__version", "call__user").first()
    transfer = leg.transfers.order_by("-created_at", "-id").first() if leg is not None else None
    if leg is None or transfer is None or leg.status not in OPEN_LEG:
        return carrier.over_document()
    if transfer.status == LegStatus.QUEUED and (dialled := carrier.read_dialled(request)) is not None:
        _close(transfer, dialled)
    if transfer.status in OPEN_LEG:
        return _dial(leg, transfer)
    if transfer.status == LegStatus.COMPLETED:
        return carrier.over_document()
    return resume_call(leg, transfer)


@transaction.atomic
def came_back(*, account: CarrierAccount, carrier_call_id: str) -> AnswerDocument | None:
    """Answer for a caller whom the carrier's flow brings back: nobody took the call. None: they were not away."""
    if not carrier_named(account.carrier).connects_in_flow:
        return None
    locked = CallLeg.objects.select_for_update(no_key=True, of=("self",)).select_related("account", "call__bot")
    leg = locked.filter(account=account, carrier_call_id=carrier_call_id, transfers__isnull=False).first()
    if leg is None:
        return None
    transfer = leg.transfers.order_by("-created_at", "-id").first()
    if transfer is None or leg.status not in OPEN_LEG or transfer.status in (LegStatus.CREATED, LegStatus.COMPLETED):
        return None
    if transfer.status in OPEN_LEG:
        close_transfer(transfer, LegStatus.NO_ANSWER)
    return resume_call(leg, transfer)


def _dial(leg: CallLeg, transfer: CallLeg) -> AnswerDocument:
    if transfer.status == LegStatus.CREATED:
        transfer.status, transfer.ringing_at = LegStatus.QUEUED, timezone.now()
        transfer.save(update_fields=["status", "ringing_at"])
    brief = str(transfer.custom.get("brief") or "")
    return carrier_named(leg.account.carrier).dial_document(
        Dial(
            target=transfer.to_number,
            caller_id=ours_of(leg),
            after_url=webhook_url(leg.account, "next", leg.pk),
            ring_s=RING_S,
            limit_s=transfer.max_duration_s,
            brief_url=webhook_url(leg.account, "brief", transfer.pk) if brief else "",
            brief=brief,
        )
    )


def _close(transfer: CallLeg, dialled: Dialled) -> None:
    status = taken_or_not(transfer) if dialled.status == LegStatus.COMPLETED else dialled.status
    known = CallLeg.objects.filter(account_id=transfer.account_id, carrier_call_id=dialled.carrier_call_id)
    if dialled.carrier_call_id and not known.exists():
        transfer.carrier_call_id = dialled.carrier_call_id
    close_transfer(transfer, status, dialled.duration_s, dialled.cause)

"""Notes whom a caller is to be connected with, checked and paid for like a call out (reliability S2; TEL-23)."""

import uuid

from django.db import transaction
from django.utils import timezone

from bots.actions.errors import ActionError
from bots.engine.tools.phone_line import Transfer
from telephony.actions.reserve_call import longest
from telephony.models import OPEN_LEG, CallLeg, DialPolicy, LegStatus
from telephony.selectors.addresses import webhook_url
from telephony.selectors.transfer_rules import transfer_permit


@transaction.atomic
def begin_transfer(*, leg_id: uuid.UUID, order: Transfer) -> str:
    """Make the leg of the person who is dialled; answers the address that the carrier is to ask.

    Raises ActionError ``call.gone`` when the call is over at the carrier, ``transfer.running`` while somebody is being
    dialled for it, and the rule that is against the connection.
    """
    DialPolicy.objects.get_or_create(pk=1)
    policy = DialPolicy.objects.select_for_update().get(pk=1)
    locked = CallLeg.objects.select_for_update(no_key=True, of=("self",))
    leg = locked.select_related("account", "number__account", "call").get(pk=leg_id)
    if leg.status not in OPEN_LEG or leg.call is None:
        raise ActionError("call.gone", "The call is over.", http_status=409)
    now = timezone.now()
    open_legs = leg.transfers.filter(status__in=OPEN_LEG)
    if open_legs.exclude(status=LegStatus.CREATED).exists():
        raise ActionError("transfer.running", "Somebody is being dialled for this caller already.", http_status=409)
    open_legs.update(status=LegStatus.CANCELLED, ended_at=now, reserved=0)  # the carrier never asked for them
    target, country, allowed = transfer_permit(policy=policy, leg=leg, target=order.target, now=now)
    CallLeg.objects.create(
        parent=leg, account=leg.account, number=leg.number, direction=CallLeg.Direction.OUTBOUND,
        from_number=ours_of(leg), to_number=target, country=country, created_at=now,
        max_duration_s=longest(allowed), reserved=allowed.reserve, minute_price=allowed.price,
        currency=allowed.currency,
        custom={"name": order.name, "brief": order.brief, "sorry": order.sorry, "call": str(leg.call.pk)},
    )  # fmt: skip
    return webhook_url(leg.account, "next", leg.pk)


def ours_of(leg: CallLeg) -> str:
    """Return our own number of a leg."""
    return leg.to_number if leg.direction == CallLeg.Direction.INBOUND else leg.from_number

"""Attaches a number of a carrier account: the row here, and the addresses that the carrier asks."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from bots.actions.errors import ActionError
from bots.models import Bot
from telephony.carriers.base import CarrierAPI
from telephony.models import CarrierAccount, PhoneNumber
from telephony.selectors.addresses import webhook_url
from telephony.selectors.carrier_answers import answer_of
from telephony.selectors.e164 import e164


@transaction.atomic
def attach_number(
    *, account: CarrierAccount, number: str, bot: Bot | None, ref: str = "", label: str = ""
) -> PhoneNumber:
    """Store a number, or give one of the account's another bot. Its other settings stay.

    Raises ActionError ``number.invalid``, and ``number.elsewhere`` for a number of another account.
    """
    written = e164(number)
    known = PhoneNumber.objects.select_for_update().select_related("account").filter(e164=written).first()
    if known is not None and known.account_id != account.pk:
        raise ActionError(
            "number.elsewhere", f"This number belongs to the account {known.account.name}.",
            next_step="Choose that account, or delete the number there first.",
        )  # fmt: skip
    found = known or PhoneNumber(e164=written, account=account, label=label[:80])
    found.bot = bot
    found.carrier_ref = ref[:120] or found.carrier_ref
    found.save()
    return found


def set_webhooks(number: PhoneNumber, *, api: CarrierAPI | None = None) -> None:
    """Let the carrier ask this house when the number is called; ``api`` is the seam to the carrier.

    Raises ActionError ``public_url.missing``, ``number.not_there`` or ``carrier.…``.
    """
    voice, status = webhook_url(number.account, "voice"), webhook_url(number.account, "status")

    async def enter(asked: CarrierAPI) -> str:
        ref = number.carrier_ref or next(
            (item.ref for item in await asked.numbers() if item.e164 == number.e164), ""
        )  # fmt: skip
        if ref:
            await asked.set_webhooks(ref, voice, status)
        return ref

    ref = answer_of(number.account, enter, api=api)
    if not ref:
        raise ActionError(
            "number.not_there", "The carrier does not list this number for the account.", owner="author",
            next_step="Compare the number and the account with the carrier's console.",
        )  # fmt: skip
    number.carrier_ref = ref[:120]
    number.webhook_state, number.webhook_seen = PhoneNumber.WebhookState.ATTACHED, voice.partition("?")[0][:400]
    number.webhook_checked_at = timezone.now()
    number.save(update_fields=["carrier_ref", "webhook_state", "webhook_seen", "webhook_checked_at"])

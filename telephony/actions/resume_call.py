"""Brings a caller whom nobody took back to their bot: a conversation that goes on from the one before (TEL-23)."""

from django.db import transaction

from bots.actions.errors import ActionError
from bots.actions.start_call import start_call
from bots.models import Direction
from telephony.actions.answer_call import PHONE
from telephony.actions.stream_tokens import stream_answer
from telephony.carriers import carrier_named
from telephony.carriers.base import AnswerDocument
from telephony.carriers.errors import CarrierCannot
from telephony.models import CallLeg
from telephony.selectors.addresses import webhook_url

AGAIN_S = 1


def resume_call(leg: CallLeg, transfer: CallLeg) -> AnswerDocument:
    """Return the document that connects the caller with the bot again; its first words are the transfer's ``sorry``.

    The earlier conversation may still be closing: then the carrier asks again in a second. Asked again later, it gets
    the same answer until the stream has begun.
    """
    carrier = carrier_named(leg.account.carrier)
    earlier = leg.call
    if earlier is None:
        return carrier.over_document()
    if str(earlier.pk) != transfer.custom.get("call"):
        return carrier.over_document() if leg.token_used_at is not None or earlier.is_final else stream_answer(leg)
    if not earlier.is_final:
        try:
            return carrier.wait_document(AGAIN_S, webhook_url(leg.account, "next", leg.pk))
        except CarrierCannot:
            return carrier.over_document()
    sorry = str(transfer.custom.get("sorry") or "")
    try:
        with transaction.atomic():
            leg.call = start_call(
                user=earlier.user, bot=earlier.bot, version=earlier.version.number if earlier.version else None,
                transport=PHONE, direction=Direction(earlier.direction), goes_on_from=earlier,
                overrides={**earlier.spec, **({"welcome_back": sorry} if sorry else {})},
            )  # fmt: skip
            leg.earlier_calls.add(earlier)
            leg.save(update_fields=["call"])
    except ActionError:
        return carrier.over_document()
    return stream_answer(leg)

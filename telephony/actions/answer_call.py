"""From a verified voice webhook to a call with a stream, or a refusal that says no more than it must."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from bots.actions.errors import ActionError
from bots.actions.start_call import start_call
from bots.models import Bot, Direction
from telephony.actions.stream_tokens import issue_stream_token
from telephony.carriers import carrier_named
from telephony.carriers.base import AnswerDocument, CarrierCall
from telephony.models import OPEN_LEG, CallLeg, CarrierAccount, LegStatus, PhoneNumber
from telephony.selectors.addresses import stream_url
from telephony.selectors.reception import answer_for, number_called

PHONE = "phone"


@dataclass(frozen=True, slots=True)
class Answered:
    """The document for the carrier, and the leg where there is one."""

    document: AnswerDocument
    leg: CallLeg | None = None


@transaction.atomic
def answer_call(*, account: CarrierAccount, call: CarrierCall) -> Answered:
    """Answer an inbound call. The same call told again is answered the same way, until its stream has begun."""
    carrier = carrier_named(account.carrier)
    CarrierAccount.objects.select_for_update().get(pk=account.pk)  # one webhook of an account after the other
    known = CallLeg.objects.filter(account=account, carrier_call_id=call.carrier_call_id).first()
    if known is not None:
        if known.token_used_at is not None or known.call_id is None or known.status not in OPEN_LEG:
            return Answered(carrier.busy_document(), known)
        return Answered(_stream(known), known)
    number = number_called(account.pk, call.to_number)
    if number is None:
        return Answered(carrier.busy_document())
    leg = CallLeg(
        account=account, number=number, direction=CallLeg.Direction.INBOUND, carrier_call_id=call.carrier_call_id,
        from_number=call.from_number, to_number=number.e164, custom=dict(call.custom), status=LegStatus.RINGING,
        created_at=timezone.now(), ringing_at=timezone.now(),
    )  # fmt: skip
    answer = answer_for(number, timezone.now())
    leg.refusal_code = answer.why
    if answer.bot is None:
        leg.status, leg.ended_at = LegStatus.REFUSED, timezone.now()
        leg.save()
        document = carrier.message_document(answer.message, number.language) if answer.message else None
        return Answered(document or carrier.busy_document(), leg)
    try:
        with transaction.atomic():
            leg.call = start_call(
                user=None, bot=answer.bot, transport=PHONE, direction=Direction.INBOUND,
                overrides=overrides_for(answer.bot, number, call),
            )  # fmt: skip
    except ActionError as error:
        leg.status, leg.ended_at = LegStatus.REFUSED, timezone.now()
        leg.refusal_code, leg.refusal_sentence = error.code, error.message
        leg.save()
        return Answered(carrier.busy_document(), leg)
    leg.save()
    return Answered(_stream(leg), leg)


def _stream(leg: CallLeg) -> AnswerDocument:
    carrier = carrier_named(leg.account.carrier)
    return carrier.stream_document(stream_url(leg.account.carrier, issue_stream_token(leg)), {})


def overrides_for(bot: Bot, number: PhoneNumber | None, call: CarrierCall) -> dict[str, Any]:
    """What this call has otherwise than its bot: who calls whom, the number's language and recording policy."""
    spec: dict[str, Any] = bot.live_version.spec if bot.live_version is not None else {}
    found: dict[str, Any] = {
        "variables": {
            "caller_number": call.from_number, "called_number": call.to_number, "caller_name": call.caller_name,
            **{f"custom.{name.lower()}": value for name, value in call.custom.items()},
        }
    }  # fmt: skip
    if number is not None and number.language:
        found["language"] = number.language
    if number is not None and number.recording != PhoneNumber.RecordingPolicy.BOT:
        always = number.recording == PhoneNumber.RecordingPolicy.ALWAYS
        found["recording"] = {**(spec.get("recording") or {}), "enabled": always}
    return found

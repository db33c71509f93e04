"""From a verified voice webhook to a call with a stream, or a refusal that says no more than it must."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from bots.actions.errors import ActionError
from bots.actions.start_call import start_call
from bots.models import Bot, Direction
from telephony.actions.stream_tokens import LIFETIME, stream_answer
from telephony.carriers import carrier_named
from telephony.carriers.base import AnswerDocument, CarrierCall
from telephony.models import OPEN_LEG, CallLeg, CarrierAccount, LegStatus, PhoneNumber
from telephony.selectors.reception import WHY, answer_for, number_called

PHONE = "phone"


@dataclass(frozen=True, slots=True)
class Answered:
    """The document for the carrier, and the leg where there is one."""

    document: AnswerDocument
    leg: CallLeg | None = None


@transaction.atomic
def answer_call(*, account: CarrierAccount, call: CarrierCall) -> Answered:
    """Answer an inbound call. The same call told again is answered the same way, until its stream has begun."""
    # One webhook of an account after the other, while messages about its calls are stored all the same.
    CarrierAccount.objects.select_for_update(no_key=True).get(pk=account.pk)
    known = CallLeg.objects.select_for_update(no_key=True, of=("self",)).filter(
        account=account, carrier_call_id=call.carrier_call_id
    ).first()  # fmt: skip
    if known is not None:
        return _again(known)
    number = None if call.outbound else number_called(account.pk, call.to_number)
    if number is None:
        return Answered(carrier_named(account.carrier).busy_document())
    now = timezone.now()
    leg = CallLeg(
        account=account, number=number, direction=CallLeg.Direction.INBOUND, carrier_call_id=call.carrier_call_id,
        from_number=call.from_number, to_number=number.e164, custom=dict(call.custom), status=LegStatus.RINGING,
        created_at=now, ringing_at=now,
    )  # fmt: skip
    answer = answer_for(number, now)
    leg.refusal_code, leg.refusal_sentence = answer.why, WHY.get(answer.why, "")
    if answer.bot is None:
        return _refused(leg)
    try:
        with transaction.atomic():
            leg.call = start_call(
                user=None, bot=answer.bot, transport=PHONE, direction=Direction.INBOUND,
                overrides=overrides_for(answer.bot, number, call),
            )  # fmt: skip
    except ActionError as error:
        leg.refusal_code, leg.refusal_sentence = error.code, error.message[:300]
        return _refused(leg)
    leg.save()
    return Answered(stream_answer(leg), leg)


def _again(leg: CallLeg) -> Answered:
    """A copy of a question: a late one, or one about a call that has its stream, is a replay (reliability T2)."""
    late = leg.direction == CallLeg.Direction.INBOUND and leg.created_at < timezone.now() - LIFETIME
    if leg.status == LegStatus.REFUSED and not late:
        return Answered(_refusal(leg), leg)
    over = leg.call is None or leg.call.is_final or leg.status not in OPEN_LEG
    if late or over or leg.token_used_at is not None:
        return Answered(carrier_named(leg.account.carrier).busy_document(), leg)
    return Answered(stream_answer(leg), leg)


def _refused(leg: CallLeg) -> Answered:
    leg.status, leg.ended_at = LegStatus.REFUSED, leg.created_at
    leg.save()
    return Answered(_refusal(leg), leg)


def _refusal(leg: CallLeg) -> AnswerDocument:
    """Nobody answers: the number's message, or a busy tone."""
    carrier, number = carrier_named(leg.account.carrier), leg.number
    if number is None or not number.overflow_message:
        return carrier.busy_document()
    return carrier.message_document(number.overflow_message, number.language)


def overrides_for(bot: Bot, number: PhoneNumber | None, call: CarrierCall) -> dict[str, Any]:
    """What this call has otherwise than its bot: who calls whom, the number's language and recording policy."""
    spec: dict[str, Any] = bot.live_version.spec if bot.live_version is not None else {}
    found: dict[str, Any] = {
        "variables": {
            "caller_number": call.from_number, "called_number": call.to_number, "caller_name": call.caller_name,
            **{f"custom.{name.lower().replace('-', '_')}": value for name, value in call.custom.items()},
        }
    }  # fmt: skip
    if number is not None and number.language:
        found["language"] = number.language
    if number is not None and number.recording != PhoneNumber.RecordingPolicy.BOT:
        always = number.recording == PhoneNumber.RecordingPolicy.ALWAYS
        found["recording"] = {**(spec.get("recording") or {}), "enabled": always}
    return found

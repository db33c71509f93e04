"""A caller is handed on: within the rules of calls out, as a leg of its own, and back when nobody takes it (TEL-23)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from bots.actions.errors import ActionError
from bots.engine.tools.phone_line import Transfer
from bots.models import Call
from telephony.actions.begin_transfer import begin_transfer
from telephony.actions.brief_person import brief_person
from telephony.actions.go_on import came_back, go_on
from telephony.actions.record_status import record_status
from telephony.carriers.base import AnswerDocument, StatusReport, WebhookRequest
from telephony.emulation.profiles import PROFILES
from telephony.models import BlockedNumber, CallLeg, CarrierAccount, DialPolicy, LegStatus
from telephony.selectors.spend import spent_since
from tests.telephony.rows import CALLER, NUMBER, make_account, make_leg, make_number, quick_bot

pytestmark = pytest.mark.django_db

TARGET = "+493023125777"
ORDER = Transfer("sales", TARGET, sorry="Nobody is there. What else?")
WARM = Transfer("sales", TARGET, brief="Anna is on the line. Press 1.", sorry="Nobody is there. What else?")


def policy(**values: Any) -> DialPolicy:
    fields = {"is_enabled": True, "countries": ["DE"], "minute_prices": {"DE": 0.02}, "minutes_per_call": 10, **values}
    return DialPolicy.objects.update_or_create(pk=1, defaults={"begins": "00:00", "ends": "23:59", **fields})[0]


def called(carrier: str = "twilio", **values: Any) -> CallLeg:
    """A leg whose caller talks with a bot."""
    account = make_account(carrier)
    bot = quick_bot(carrier)
    number = make_number(account, bot, e164=values.get("to_number", NUMBER))
    fields = {"number": number, "status": LegStatus.ANSWERED, "token_used_at": timezone.now(), **values}
    return make_leg(account, bot, **fields)


def asked(account: CarrierAccount, **form: str) -> WebhookRequest:
    """A question of the carrier's, verified already."""
    fields = {name: [value] for name, value in {"CallSid": "CA1", **form}.items()}
    return WebhookRequest("POST", "https://voice.example/x", {}, b"", form=fields)


def go(leg: CallLeg, **form: str) -> AnswerDocument:
    return go_on(account=leg.account, leg_id=leg.pk, request=asked(leg.account, **form))


def verbs(leg: CallLeg, document: AnswerDocument) -> list[str]:
    return [verb.name for verb in PROFILES[leg.account.carrier].read_document(document.body)]


def over(leg: CallLeg) -> None:
    """The bot's part of the call is over."""
    Call.objects.filter(pk=leg.call_id).update(
        status="ended", end_reason="transferred", ended_at=timezone.now(), context=[{"role": "user", "content": "hi"}]
    )


def only(leg: CallLeg) -> CallLeg:
    (transfer,) = leg.transfers.all()
    return transfer


def test_a_transfer_is_a_leg_with_its_money_set_aside_and_the_carrier_is_told_whom_to_dial() -> None:
    """Reliability S2: what it may cost is counted before the carrier hears of it."""
    policy()
    leg = called()
    url = begin_transfer(leg_id=leg.pk, order=WARM)
    transfer = only(leg)
    assert url == f"https://voice.example/telephony/twilio/next/{leg.pk}"
    assert (transfer.from_number, transfer.to_number, transfer.country) == (NUMBER, TARGET, "DE")
    assert (transfer.status, transfer.reserved, transfer.minute_price) == ("created", Decimal("0.2"), Decimal("0.02"))
    assert transfer.max_duration_s < 600
    (dial,) = PROFILES["twilio"].read_document(go(leg).body)
    assert (dial.name, dial.text, dial.attributes["callerId"]) == ("dial", TARGET, NUMBER)
    assert dial.attributes["timeLimit"] == str(transfer.max_duration_s)
    assert dial.attributes["url"] == f"https://voice.example/telephony/twilio/brief/{transfer.pk}"
    assert dial.attributes["action"] == url
    assert go(leg).body == go(leg).body, "the same question gets the same answer"


@pytest.mark.parametrize(
    ("values", "target", "code"),
    [
        ({"is_enabled": False}, TARGET, "dial.off"),
        ({"is_enabled": False}, "sip:desk@pbx.example", "dial.off"),
        ({"countries": ["FR"]}, TARGET, "dial.country"),
        ({"minute_prices": {}}, TARGET, "dial.unknown_price"),
        ({"spend_per_day": Decimal("0.1")}, TARGET, "dial.spend"),
        ({"max_calls": 0}, TARGET, "dial.busy"),
        ({}, "+499001234567", "number.forbidden_type"),
        ({}, "not a number", "number.invalid"),
        ({}, "112", "number.emergency"),
    ],
)
def test_a_transfer_keeps_the_rules_of_a_call_out(values: dict[str, Any], target: str, code: str) -> None:
    """Reliability S2: fail closed, before the carrier is asked."""
    policy(**values)
    leg = called()
    with pytest.raises(ActionError) as caught:
        begin_transfer(leg_id=leg.pk, order=Transfer("sales", target))
    assert caught.value.code == code
    assert not leg.transfers.exists()


def test_nobody_on_the_do_not_call_list_is_dialled_and_nobody_for_a_call_that_is_over() -> None:
    policy()
    leg = called()
    BlockedNumber.objects.create(e164=TARGET)
    with pytest.raises(ActionError, match="do-not-call"):
        begin_transfer(leg_id=leg.pk, order=ORDER)
    BlockedNumber.objects.all().delete()
    CallLeg.objects.filter(pk=leg.pk).update(status=LegStatus.COMPLETED)
    with pytest.raises(ActionError) as caught:
        begin_transfer(leg_id=leg.pk, order=ORDER)
    assert caught.value.code == "call.gone"


def test_rules_for_machines_do_not_keep_a_caller_from_a_person() -> None:
    """Hours, the number's own right to dial, and how often one number is called a day."""
    policy(begins="00:00", ends="00:00", calls_per_destination=0)
    leg = called()
    begin_transfer(leg_id=leg.pk, order=ORDER)
    assert only(leg).status == "created"


def test_a_conversation_of_two_people_ends_the_call_and_costs_its_minutes() -> None:
    policy()
    leg = called()
    begin_transfer(leg_id=leg.pk, order=ORDER)
    go(leg)
    over(leg)
    assert verbs(leg, go(leg, DialCallStatus="completed", DialBridged="true", DialCallDuration="61")) == ["hangup"]
    transfer = only(leg)
    assert (transfer.status, transfer.duration_s, transfer.cost) == ("completed", 61.0, Decimal("0.04"))
    assert verbs(leg, go(leg, DialCallStatus="completed")) == ["hangup"]
    assert Call.objects.count() == 1


@pytest.mark.parametrize(
    "form", [{"DialCallStatus": "busy"}, {"DialCallStatus": "no-answer"}, {"DialCallStatus": "failed"}]
)
def test_nobody_takes_it_and_the_caller_is_back_with_the_bot_which_says_so(form: dict[str, str]) -> None:
    """The conversation goes on from the first one; asked again the carrier gets a stream until one has begun."""
    policy()
    leg = called()
    first = leg.call
    assert first is not None
    begin_transfer(leg_id=leg.pk, order=ORDER)
    go(leg)
    over(leg)
    answer = go(leg, **form)
    assert verbs(leg, answer)[0] == "stream"
    leg.refresh_from_db()
    assert leg.call is not None
    assert (leg.call.continued_from, leg.call.direction, leg.call.transport) == (first, "inbound", "phone")
    assert leg.call.spec["welcome_back"] == "Nobody is there. What else?"
    assert leg.call.context == [{"role": "user", "content": "hi"}]
    assert list(leg.earlier_calls.all()) == [first]
    assert (only(leg).reserved, only(leg).cost) == (0, 0)
    assert spent_since(leg.created_at) == 0
    again = go(leg, **form)
    assert verbs(leg, again)[0] == "stream"
    assert again.body != answer.body, "each answer has a token of its own"
    assert Call.objects.count() == 2
    CallLeg.objects.filter(pk=leg.pk).update(token_used_at=timezone.now())
    assert verbs(leg, go(leg, **form)) == ["hangup"], "a stream has begun: a copy opens no other"


def test_a_conversation_that_is_still_closing_is_waited_for() -> None:
    policy()
    leg = called()
    begin_transfer(leg_id=leg.pk, order=ORDER)
    go(leg)
    assert verbs(leg, go(leg, DialCallStatus="busy")) == ["pause", "redirect"]
    over(leg)
    assert verbs(leg, go(leg))[0] == "stream"


@pytest.mark.parametrize(("key", "taken"), [("1", True), ("2", False), ("", False)])
def test_a_person_hears_the_brief_and_only_their_key_takes_the_call(key: str, taken: bool) -> None:
    """Issue part 5: an answering machine that hears the brief presses nothing, so the caller comes back."""
    policy()
    leg = called()
    begin_transfer(leg_id=leg.pk, order=WARM)
    go(leg)
    over(leg)
    transfer = only(leg)
    said = PROFILES["twilio"].read_document(brief_person(account=leg.account, leg_id=transfer.pk, key="").body)
    assert [(verb.name, verb.text) for verb in said] == [("gather", WARM.brief), ("hangup", "")]
    if key:
        answer = verbs(leg, brief_person(account=leg.account, leg_id=transfer.pk, key=key))
        assert answer == ([] if taken else ["hangup"])
    document = go(leg, DialCallStatus="completed", DialCallDuration="5")
    assert verbs(leg, document)[0] == ("hangup" if taken else "stream")
    assert only(leg).status == ("completed" if taken else "no_answer")


def test_the_brief_is_for_the_leg_of_a_running_transfer_only() -> None:
    policy()
    leg = called()
    assert verbs(leg, brief_person(account=leg.account, leg_id=leg.pk, key="")) == ["hangup"]
    begin_transfer(leg_id=leg.pk, order=WARM)
    other = make_account("telnyx")
    assert verbs(leg, brief_person(account=other, leg_id=only(leg).pk, key="1")) == ["hangup"]
    assert "accepted" not in only(leg).custom


def test_when_the_caller_hangs_up_the_transfer_is_over_too() -> None:
    """The carrier tells of the caller's leg alone; the other's is closed with it, and its money settled."""
    policy()
    leg = called()
    begin_transfer(leg_id=leg.pk, order=ORDER)
    record_status(leg.pk, StatusReport("CA1", LegStatus.COMPLETED))
    assert (only(leg).status, only(leg).reserved) == ("cancelled", 0)
    leg = called("plivo", carrier_call_id="P1", to_number="+4930123457")
    begin_transfer(leg_id=leg.pk, order=ORDER)
    go(leg)
    record_status(leg.pk, StatusReport("P1", LegStatus.COMPLETED))
    assert (only(leg).status, only(leg).cost) == ("completed", Decimal("0.02"))


def test_a_second_transfer_replaces_one_that_was_never_dialled() -> None:
    policy(max_calls=1)
    leg = called()
    begin_transfer(leg_id=leg.pk, order=ORDER)
    begin_transfer(leg_id=leg.pk, order=Transfer("desk", "+493023125778"))
    assert sorted(leg.transfers.values_list("to_number", "status")) == [
        ("+493023125777", "cancelled"), ("+493023125778", "created")
    ]  # fmt: skip
    (dial,) = PROFILES["twilio"].read_document(go(leg).body)
    assert dial.text == "+493023125778"


def test_nobody_else_is_dialled_while_somebody_is() -> None:
    """Reliability S2: whom the carrier is dialling is paid for, whatever a bot asks next."""
    policy(max_calls=9)
    leg = called()
    begin_transfer(leg_id=leg.pk, order=ORDER)
    go(leg)
    with pytest.raises(ActionError) as caught:
        begin_transfer(leg_id=leg.pk, order=Transfer("desk", "+493023125778"))
    assert caught.value.code == "transfer.running"
    assert (only(leg).status, only(leg).reserved) == ("queued", Decimal("0.2"))


@pytest.mark.parametrize("key", ["", "2"])
@pytest.mark.parametrize("told", [{}, {"DialBridged": "false"}])
def test_who_lifted_off_and_did_not_take_the_call_is_paid_for(key: str, told: dict[str, str]) -> None:
    """Reliability S2: a person, or their mailbox, that heard the brief was answered at the carrier."""
    policy()
    leg = called()
    begin_transfer(leg_id=leg.pk, order=WARM)
    go(leg)
    for pressed in {"", key}:
        brief_person(account=leg.account, leg_id=only(leg).pk, key=pressed)
    over(leg)
    go(leg, DialCallStatus="completed", DialCallDuration="61", DialCallSid="CA77", **told)
    assert (only(leg).status, only(leg).cost, only(leg).reserved) == ("no_answer", Decimal("0.04"), Decimal("0.04"))


def test_who_never_took_the_call_was_not_connected_when_the_caller_hangs_up() -> None:
    policy()
    leg = called()
    begin_transfer(leg_id=leg.pk, order=WARM)
    go(leg)
    over(leg)
    brief_person(account=leg.account, leg_id=only(leg).pk, key="")
    record_status(leg.pk, StatusReport("CA1", LegStatus.COMPLETED))
    assert (only(leg).status, only(leg).cost) == ("no_answer", Decimal("0.02"))


def test_whom_the_rules_have_looked_at_is_dialled_and_nobody_else() -> None:
    policy()
    leg = called()
    begin_transfer(leg_id=leg.pk, order=Transfer("desk", "+49 (0)30 23125777"))
    (dial,) = PROFILES["twilio"].read_document(go(leg).body)
    assert dial.text == TARGET
    far = "sip:reception-desk.first-floor@sbc-frankfurt-01.voice.customer-of-ours.example"
    other = called("plivo", carrier_call_id="P1", to_number="+4930123457")
    begin_transfer(leg_id=other.pk, order=Transfer("desk", far))
    assert only(other).to_number == far
    (dial,) = PROFILES["plivo"].read_document(go(other).body)
    assert dial.text == far


def test_exotels_flow_asks_whom_to_dial_and_brings_back_whom_nobody_took() -> None:
    policy()
    leg = called("exotel", from_number=CALLER)
    assert came_back(account=leg.account, carrier_call_id="CA1") is None, "nobody was away"
    assert verbs(leg, go(leg)) == ["hangup"]
    begin_transfer(leg_id=leg.pk, order=WARM)
    (dial,) = PROFILES["exotel"].read_document(go(leg).body)
    assert (dial.text, dial.attributes["brief"]) == (TARGET, WARM.brief)
    over(leg)
    document = came_back(account=leg.account, carrier_call_id="CA1")
    assert document is not None
    assert verbs(leg, document)[0] == "stream"
    assert only(leg).status == "no_answer"


def test_other_carriers_questions_are_no_return() -> None:
    policy()
    leg = called()
    begin_transfer(leg_id=leg.pk, order=ORDER)
    go(leg)
    assert came_back(account=leg.account, carrier_call_id="CA1") is None


def test_a_leg_without_a_transfer_or_of_another_account_is_hung_up() -> None:
    leg = called()
    assert verbs(leg, go(leg)) == ["hangup"]
    policy()
    begin_transfer(leg_id=leg.pk, order=ORDER)
    other = make_account("plivo")
    document = go_on(account=other, leg_id=leg.pk, request=asked(other))
    assert [verb.name for verb in PROFILES["plivo"].read_document(document.body)] == ["hangup"]
    assert only(leg).status == "created"

"""What a caller gets: the bot, the number's own words, a busy tone; and what stays of it here."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import AsyncClient

from bots.hosting.database import in_database
from bots.models import Bot, Call
from telephony.carriers import CARRIERS, carrier_named
from telephony.emulation.profiles import PROFILES
from telephony.models import CallLeg, CarrierAccount, PhoneNumber, WebhookReceipt
from tests.bots.factories import make_bot
from tests.telephony.rows import CALLER, NUMBER, make_account, make_leg, make_number
from tests.telephony.wire import deliver, line_of, sent_to, voice_pairs

pytestmark = pytest.mark.django_db(transaction=True)
CLOSED = [{"days": [], "from": "00:00", "to": "24:00"}]
SORRY = "We are closed & <away>."


def house(carrier: str, **values: Any) -> CarrierAccount:
    account = make_account(carrier)
    make_number(account, make_bot(), **values)
    return account


async def ask(account: CarrierAccount, call_id: str = "CA1", **line: Any) -> str:
    """Let the carrier ask what to do with a call; returns the document."""
    pairs = voice_pairs(account.carrier, line_of(account.carrier, call_id, **line))
    answer = await deliver(AsyncClient(), sent_to(account, "voice", pairs))
    assert answer.status_code == 200
    text: str = answer.content.decode()
    return text


def busy(carrier: str) -> str:
    return carrier_named(carrier).busy_document().body


def legs() -> list[tuple[str, str, bool]]:
    rows = CallLeg.objects.order_by("created_at").values_list("status", "refusal_code", "call")
    return [(status, code, call is not None) for status, code, call in rows]


def token_in(account: CarrierAccount, document: str) -> str:
    """The token of the stream that a document connects with."""
    verb = PROFILES[account.carrier].read_document(document)[0]
    assert verb.name == "stream"
    return verb.text.rpartition("/")[2]


@pytest.mark.parametrize("carrier", CARRIERS)
async def test_a_caller_is_connected_with_the_number_s_bot(carrier: str) -> None:
    """TEL-03, TEL-04; T16: a token that is bound to the call and kept as a hash only."""
    account = await in_database(house, carrier)
    token = token_in(account, await ask(account))
    leg = await in_database(CallLeg.objects.select_related("call").get)
    assert len(token) >= 40
    assert token not in (leg.token_hash, "")
    assert (leg.status, leg.carrier_call_id, leg.from_number, leg.to_number) == ("ringing", "CA1", CALLER, NUMBER)
    assert leg.call is not None
    assert (leg.call.status, leg.call.direction, leg.call.user_id) == ("created", "inbound", None)
    assert leg.call.spec["variables"]["caller_number"] == CALLER


@pytest.mark.parametrize("carrier", CARRIERS)
async def test_beyond_its_hours_a_number_says_its_message_or_is_busy(carrier: str) -> None:
    account = await in_database(house, carrier, hours=CLOSED, overflow_message=SORRY, language="de")
    assert await ask(account) == carrier_named(carrier).message_document(SORRY, "de").body
    await in_database(PhoneNumber.objects.update, overflow_message="")
    assert await ask(account, "CA2") == busy(carrier)
    assert await in_database(legs) == [("refused", "number.closed", False)] * 2
    leg = await in_database(CallLeg.objects.first)
    assert leg is not None
    assert leg.refusal_sentence == "The call came outside of the number's hours."
    assert leg.ended_at is not None


async def test_the_stand_in_answers_and_the_leg_says_why() -> None:
    account = await in_database(house, "twilio", hours=CLOSED)
    night = await in_database(make_bot, "night")
    await in_database(PhoneNumber.objects.update, overflow_bot=night)
    token_in(account, await ask(account))
    assert await in_database(lambda: Call.objects.get().bot.slug) == "night"
    assert await in_database(legs) == [("ringing", "number.closed", True)]


@pytest.mark.parametrize(
    ("what", "code"),
    [("full", "number.busy"), ("unpublished", "number.no_bot"), ("archived", "number.no_bot"),
     ("lines", "limit.process_calls")],
)  # fmt: skip
async def test_who_cannot_be_answered_hears_a_busy_tone_and_the_leg_says_why(what: str, code: str, voice: Any) -> None:
    account = await in_database(house, "plivo", max_calls=0 if what == "full" else 5)
    if what == "unpublished":
        await in_database(Bot.objects.update, live_version=None)
    elif what == "archived":
        await in_database(Bot.objects.update, is_archived=True)
    elif what == "lines":
        voice(MAX_CALLS=0)
    assert await ask(account) == busy("plivo")
    assert await in_database(legs) == [("refused", code, False)]
    assert await in_database(Call.objects.count) == 0
    await in_database(PhoneNumber.objects.update, overflow_message=SORRY)
    assert await ask(account, "CA2") == carrier_named("plivo").message_document(SORRY).body


@pytest.mark.parametrize("carrier", CARRIERS)
async def test_a_number_that_is_not_ours_is_busy_and_leaves_no_leg(carrier: str) -> None:
    """One of nobody, one of another account, one that takes no calls, and a call that goes out."""
    account = await in_database(house, carrier)
    other = await in_database(make_account, carrier, "other")
    await in_database(make_number, other, None, e164="+4930999999")
    for line in ({"to_number": "+493055555"}, {"to_number": "+4930999999"}, {"to_number": ""}, {"outbound": True}):
        document = await ask(account, **line)
        assert "stream/" not in document
    await in_database(PhoneNumber.objects.update, is_enabled=False)
    assert await ask(account) == busy(carrier)
    assert await in_database(CallLeg.objects.count) == 0


@pytest.mark.parametrize("carrier", CARRIERS)
async def test_a_question_that_comes_again_is_answered_again_until_the_stream_began(carrier: str) -> None:
    """Reliability T2: one call; the newest token is the one that opens it."""
    account = await in_database(house, carrier)
    first, second = token_in(account, await ask(account)), token_in(account, await ask(account))
    assert first != second
    assert await in_database(CallLeg.objects.count) == await in_database(Call.objects.count) == 1
    await in_database(CallLeg.objects.update, token_used_at="2026-03-01T12:00:00Z")
    assert "stream/" not in await ask(account)
    assert await in_database(lambda: WebhookReceipt.objects.get().copies) == 2


@pytest.mark.parametrize("change", [{"status": "completed"}, {"call": None}, {"created_at": timedelta(seconds=-61)}])
async def test_a_replayed_question_about_a_call_that_is_over_or_old_opens_nothing(change: dict[str, Any]) -> None:
    """Reliability T2."""
    account = await in_database(house, "twilio")
    token_in(account, await ask(account))
    leg = await in_database(CallLeg.objects.get)
    values = {name: leg.created_at + at if isinstance(at, timedelta) else at for name, at in change.items()}
    await in_database(CallLeg.objects.update, **values)
    assert "stream/" not in await ask(account)


async def test_a_call_of_another_account_with_the_same_id_is_another_call() -> None:
    account = await in_database(house, "twilio")
    other = await in_database(make_account, "plivo", "other")
    await in_database(make_leg, other, await in_database(Bot.objects.get), carrier_call_id="CA1")
    token_in(account, await ask(account))
    assert await in_database(CallLeg.objects.filter(carrier_call_id="CA1").count) == 2


async def test_a_hidden_caller_is_answered_too() -> None:
    account = await in_database(house, "twilio")
    token_in(account, await ask(account, from_number="anonymous"))
    leg = await in_database(CallLeg.objects.select_related("call").get)
    assert leg.from_number == ""
    assert leg.call is not None
    assert leg.call.spec["variables"]["caller_number"] == ""


@pytest.mark.parametrize("carrier", CARRIERS)
async def test_a_server_that_cannot_store_a_call_is_busy(carrier: str, settings: Any, tmp_path: Any) -> None:
    """A disk that is full, or not there, is no reason for a page of error that no carrier understands."""
    account = await in_database(house, carrier)
    nowhere = tmp_path / "file"
    nowhere.write_text("no folder")
    settings.VOICE = {**settings.VOICE, "CALLS_DIR": nowhere}
    assert await ask(account) == busy(carrier)
    assert await in_database(legs) == [("refused", "server.files", False)]
    assert await in_database(Call.objects.count) == 0


ODD = {
    "twilio": {"CallerName": "An\x00na", "SipHeader_X-Room": "\x00"},
    "telnyx": {"CallerName": "An\x00na"},
    "plivo": {"X-PH-Room": "4\x002"},
    "exotel": {"CustomField": "4\x002"},
}


@pytest.mark.parametrize("carrier", CARRIERS)
async def test_characters_that_nobody_can_store_turn_no_caller_away(carrier: str) -> None:
    """PostgreSQL takes no NUL; a caller's name may hold one all the same."""
    account = await in_database(house, carrier)
    pairs = voice_pairs(carrier, line_of(carrier), **ODD[carrier])
    answer = await deliver(AsyncClient(), sent_to(account, "voice", pairs))
    assert token_in(account, answer.content.decode())
    leg = await in_database(CallLeg.objects.select_related("call").get)
    assert leg.call is not None
    assert "\x00" not in f"{leg.custom}{leg.call.spec['variables']}".encode().decode("unicode_escape")


@pytest.mark.parametrize(
    "part", ['"CallFrom": "sip:\\ud800"', '"CustomField": "\\ud800"', '"custom_a\\ud800": "\\ud800"']
)
async def test_half_a_surrogate_pair_in_json_is_left_out(part: str) -> None:
    account = await in_database(house, "exotel")
    body = f'{{"CallSid": "CA1", "CallTo": "{NUMBER}", {part}}}'
    address = f"/telephony/exotel/voice?key={account.hook_key}"
    answer = await AsyncClient().post(address, body, content_type="application/json")
    assert answer.status_code == 200
    assert token_in(account, answer.content.decode())

"""Who takes a call of ours is connected with its bot, once; every other question is answered with the call's end."""

from __future__ import annotations

import asyncio
import threading
import uuid
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import AsyncClient
from django.utils import timezone

from bots.actions.finish_call import finish_call
from telephony.actions.place_call import place_call
from telephony.carriers.errors import CarrierUnreachable
from telephony.models import CallLeg, CarrierAccount, PhoneNumber
from tests.telephony.carriers.requests import Sent
from tests.telephony.dialling import OURS, PUBLIC, SECRET, THEIRS, FakeAPI, make_dialler, make_number, make_policy

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def house(settings: Any, tmp_path: Any) -> None:
    settings.VOICE = {**settings.VOICE, "CALLS_DIR": tmp_path, "PUBLIC_URL": PUBLIC}
    make_policy(countries=["DE", "IN"], minute_prices={"DE": 0.02, "IN": 0.02})


@pytest.fixture
def number() -> PhoneNumber:
    return make_number()


def placed(number: PhoneNumber, to: str = THEIRS, **api: Any) -> CallLeg:
    return place_call(number=number, to=to, by=make_dialler(), api=FakeAPI(**api))


async def ask(path: str, carrier: str = "twilio", secret: str = SECRET, method: str = "POST", **fields: str) -> Any:
    """What the house answers to a carrier's signed question."""
    pairs = list(fields.items())
    sent = Sent(carrier, f"{PUBLIC}{path}", pairs, secret, method, stamp=int(timezone.now().timestamp())).sign()
    client = AsyncClient()
    if method == "GET":
        return await client.get(path)
    return await client.post(
        path, urlencode(pairs), content_type="application/x-www-form-urlencoded", headers=sent.headers
    )


def answered(leg: CallLeg, **more: str) -> dict[str, str]:
    return {"CallSid": leg.carrier_call_id, "From": OURS, "To": THEIRS, "Direction": "outbound-api",
            "CallStatus": "in-progress", **more}  # fmt: skip


def is_over(response: Any) -> bool:
    text = response.content.decode()
    return response.status_code == 200 and "Stream" not in text and "Hangup" in text


async def in_thread(work: Any, *args: Any, **kwargs: Any) -> Any:
    """The ORM beside the loop, on a connection that is closed again."""

    def run() -> Any:
        try:
            return work(*args, **kwargs)
        finally:
            connection.close()

    return await asyncio.to_thread(run)


async def test_the_person_who_takes_the_call_is_connected_with_its_bot() -> None:
    number = await in_thread(make_number)
    leg = await in_thread(placed, number)
    path = f"/telephony/main-twilio/answer/{leg.pk}"
    first = await ask(path, **answered(leg, AnsweredBy="human"))
    assert b"wss://voice.example/telephony/stream/twilio/" in first.content
    leg = await in_thread(CallLeg.objects.get, pk=leg.pk)
    assert (leg.status, leg.answered_by) == ("answered", "human")
    assert leg.answered_at
    assert leg.token_hash
    again = await ask(path, **answered(leg, AnsweredBy="human"))
    assert b"wss://" in again.content
    assert again.content != first.content
    await in_thread(CallLeg.objects.filter(pk=leg.pk).update, token_used_at=timezone.now())
    assert is_over(await ask(path, **answered(leg)))


async def test_questions_that_are_not_about_this_call_end_it() -> None:
    number = await in_thread(make_number)
    leg = await in_thread(placed, number)
    path = f"/telephony/main-twilio/answer/{leg.pk}"
    other = answered(leg, CallSid="CA999")
    assert is_over(await ask(path, **other))
    assert is_over(await ask(f"/telephony/main-twilio/answer/{uuid.uuid4()}", **answered(leg)))
    assert (await ask(path, secret="somebody else's", **answered(leg))).status_code == 403
    assert (await ask(path, method="GET")).status_code in (403, 405)
    found = await in_thread(CallLeg.objects.get, pk=leg.pk)
    assert (found.status, found.token_hash, found.carrier_call_id) == ("queued", "", leg.carrier_call_id)


async def test_a_call_that_is_over_with_us_or_at_the_carrier_is_ended() -> None:
    number = await in_thread(make_number)
    leg = await in_thread(placed, number)
    await in_thread(finish_call, call_id=leg.call_id, reason="cancelled")
    assert is_over(await ask(f"/telephony/main-twilio/answer/{leg.pk}", **answered(leg)))
    await in_thread(CallLeg.objects.filter(pk=leg.pk).update, status="no_answer", ended_at=timezone.now())
    assert is_over(await ask(f"/telephony/main-twilio/answer/{leg.pk}", **answered(leg)))


async def test_an_inbound_leg_and_another_accounts_leg_are_not_answered_here() -> None:
    number = await in_thread(make_number)
    leg = await in_thread(placed, number)
    await in_thread(CallLeg.objects.filter(pk=leg.pk).update, direction="inbound")
    assert is_over(await ask(f"/telephony/main-twilio/answer/{leg.pk}", **answered(leg)))
    await in_thread(CallLeg.objects.filter(pk=leg.pk).update, direction="outbound")
    await in_thread(_other_account)
    assert is_over(await ask(f"/telephony/other/answer/{leg.pk}", **answered(leg)))


def _other_account() -> None:
    other = CarrierAccount(name="Other", slug="other", carrier="twilio", account_id="AC2")
    other.set_secrets({"auth_token": SECRET})
    other.save()


def test_a_question_that_is_quicker_than_the_carriers_answer_brings_its_id(number: PhoneNumber) -> None:
    """The race of reservation and webhook: asked while the carrier still answers us, the call is connected."""
    seen: list[Any] = []

    def webhook(placement: Any) -> None:
        path = placement.answer_url.removeprefix(PUBLIC)
        form = {"CallSid": "CA0", "From": OURS, "To": THEIRS, "Direction": "outbound-api", "CallStatus": "in-progress"}
        thread = threading.Thread(target=lambda: seen.append(asyncio.run(ask(path, **form))))
        thread.start()
        thread.join()

    leg = placed(number, during=webhook)
    assert b"wss://" in seen[0].content
    assert (leg.carrier_call_id, leg.status) == ("CA0", "answered")


def test_a_carrier_that_times_out_and_calls_all_the_same_has_placed_the_call(number: PhoneNumber) -> None:
    def webhook(placement: Any) -> None:
        legs = CallLeg.objects.filter(pk=placement.answer_url.rpartition("/")[2])
        thread = threading.Thread(target=lambda: (legs.update(carrier_call_id="CA7"), connection.close()))
        thread.start()
        thread.join()

    leg = placed(number, during=webhook, fails=CarrierUnreachable("No answer.", retryable=True))
    assert (leg.carrier_call_id, leg.refusal_code) == ("CA7", "")
    assert leg.call is not None
    assert not leg.call.is_final


@pytest.mark.parametrize("how", ["reference", "numbers", "numbers reversed", "id"])
async def test_a_carrier_that_knows_no_answer_address_asks_for_the_leg_at_the_voice_address(how: str) -> None:
    """Exotel's applet asks there, by reference, by both numbers, or by its id; an unknown call out is ended."""
    number = await in_thread(make_number, "exotel", "+918047491899")
    leg = await in_thread(placed, number, "+912228640000")
    if how != "id":
        await in_thread(CallLeg.objects.filter(pk=leg.pk).update, carrier_call_id="", status="created")
    ends = {"CallFrom": "+912228640000", "CallTo": "08047491899"}
    if how == "numbers reversed":
        ends = {"CallFrom": "+918047491899", "CallTo": "02228640000"}
    fields = {"CallSid": "CA0", "Direction": "outbound-dial", **ends, "key": await in_thread(_key)}
    if how == "reference":
        fields = {**fields, "CustomField": str(leg.pk), "CallFrom": "", "CallTo": ""}
    response = await ask(f"/telephony/main-exotel/voice?{urlencode(fields)}", "exotel", method="GET")
    assert "wss://voice.example/telephony/stream/exotel/" in response.json()["url"]
    leg = await in_thread(CallLeg.objects.get, pk=leg.pk)
    assert (leg.carrier_call_id, leg.status) == ("CA0", "answered")
    assert await in_thread(CallLeg.objects.count) == 1
    fields = {**fields, "CallSid": "CA1", "CallFrom": "+911234567890", "CustomField": ""}
    response = await ask(f"/telephony/main-exotel/voice?{urlencode(fields)}", "exotel", method="GET")
    assert response.json()["url"] == ""


def _key() -> str:
    return CarrierAccount.objects.get().hook_key


def test_nobody_answers_an_old_reservation(number: PhoneNumber) -> None:
    leg = placed(number)
    assert leg.call is not None
    assert leg.call.lease_until is not None
    assert leg.call.lease_until - leg.created_at < timedelta(minutes=3)

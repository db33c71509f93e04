"""What carriers tell of calls, at the real addresses and in each carrier's own form."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import AsyncClient

from bots.hosting.database import in_database
from bots.models import Call
from telephony.carriers import CARRIERS
from telephony.models import CallLeg, CarrierAccount, WebhookReceipt
from tests.bots.factories import make_bot
from tests.telephony.rows import make_account, make_leg
from tests.telephony.wire import deliver, line_of, sent_to, status_pairs

pytestmark = pytest.mark.django_db(transaction=True)


def known(carrier: str) -> CarrierAccount:
    account = make_account(carrier)
    make_leg(account, make_bot())
    return account


async def tell(account: CarrierAccount, status: str, call_id: str = "CA1", **more: str) -> int:
    pairs = status_pairs(account.carrier, line_of(account.carrier, call_id), status, **more)
    return int((await deliver(AsyncClient(), sent_to(account, "status", pairs))).status_code)


async def state() -> tuple[str, str, str]:
    leg = await in_database(CallLeg.objects.select_related("call").get)
    assert leg.call is not None
    return leg.status, leg.call.status, leg.call.end_reason


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("ringing", ("ringing", "created", "")),
        ("in-progress", ("answered", "created", "")),
        ("completed", ("completed", "ended", "caller_hung_up")),
        ("busy", ("busy", "ended", "not_answered")),
        ("no-answer", ("no_answer", "ended", "not_answered")),
        ("failed", ("failed", "failed", "not_connected")),
        ("canceled", ("cancelled", "ended", "cancelled")),
    ],
)
async def test_each_state_of_each_carrier_is_understood_and_ends_a_call_that_nobody_runs(
    carrier: str, status: str, expected: tuple[str, str, str]
) -> None:
    """Reliability T4, T9."""
    account = await in_database(known, carrier)
    assert await tell(account, status) == 204
    assert await state() == expected


@pytest.mark.parametrize("carrier", CARRIERS)
async def test_a_call_that_is_not_ours_is_not_stored(carrier: str) -> None:
    account = await in_database(known, carrier)
    assert await tell(account, "completed", "CA-of-somebody-else") == 204
    assert await in_database(WebhookReceipt.objects.count) == 0
    assert await state() == ("ringing", "created", "")


@pytest.mark.parametrize("carrier", CARRIERS)
async def test_a_call_of_another_account_is_not_touched(carrier: str) -> None:
    await in_database(known, carrier)
    other = await in_database(make_account, carrier, "other")
    assert await tell(other, "completed") == 204
    assert await state() == ("ringing", "created", "")


@pytest.mark.parametrize("carrier", CARRIERS)
async def test_a_state_that_no_document_names_is_refused(carrier: str) -> None:
    account = await in_database(known, carrier)
    assert await tell(account, "completed", CallStatus="exploded", Status="exploded") == 400
    assert await state() == ("ringing", "created", "")


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", json.dumps({"CallSid": "CA1", "Status": "completed", "ConversationDuration": 7})),
        ("multipart/form-data; boundary=b",
         ('--b\r\nContent-Disposition: form-data; name="CallSid"\r\n\r\nCA1\r\n'
          '--b\r\nContent-Disposition: form-data; name="Status"\r\n\r\ncompleted\r\n--b--\r\n')),
    ],
)  # fmt: skip
async def test_exotel_tells_in_json_and_in_parts(content_type: str, body: str) -> None:
    account = await in_database(known, "exotel")
    url = f"/telephony/exotel/status?key={account.hook_key}"
    answer = await AsyncClient().post(url, body, content_type=content_type)
    assert answer.status_code == 204
    assert await state() == ("completed", "ended", "caller_hung_up")


@pytest.mark.parametrize("body", ["{", "[]", "[" * 20_000, '{"CallSid": {"a": 1}, "Status": "completed"}'])
async def test_exotel_s_messages_may_be_nonsense(body: str) -> None:
    account = await in_database(known, "exotel")
    url = f"/telephony/exotel/status?key={account.hook_key}"
    assert (await AsyncClient().post(url, body, content_type="application/json")).status_code == 400
    assert await state() == ("ringing", "created", "")


async def test_who_took_the_call_is_told_apart_from_its_state() -> None:
    """Lessons T17: what a machine detection finds comes by itself."""
    account = await in_database(known, "twilio")
    pairs = [("CallSid", "CA1"), ("AccountSid", "AC1"), ("AnsweredBy", "machine_start")]
    assert (await deliver(AsyncClient(), sent_to(account, "status", pairs))).status_code == 204
    leg: Any = await in_database(CallLeg.objects.get)
    assert (leg.status, leg.answered_by) == ("answered", "machine")


async def test_a_receipt_says_what_was_told_and_no_number() -> None:
    account = await in_database(known, "twilio")
    await tell(account, "completed", ErrorCode="13224")
    receipt = await in_database(WebhookReceipt.objects.get)
    assert receipt.summary == {"status": "completed", "sequence": 0, "cause": "13224"}
    assert await in_database(lambda: Call.objects.get().end_reason) == "caller_hung_up"


@pytest.mark.parametrize(
    "stamp",
    ["Mon, 01 Jan 2026 00:00:00 +99999999999999", "Mon, 01 Jan 99999999999999999999 00:00:00 +0000",
     "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "Mon, 01 Jan 2026 00:00:00 +9999"],
)  # fmt: skip
async def test_a_time_that_is_none_loses_no_status(stamp: str) -> None:
    account = await in_database(known, "twilio")
    assert await tell(account, "completed", Timestamp=stamp) == 204
    assert await state() == ("completed", "ended", "caller_hung_up")

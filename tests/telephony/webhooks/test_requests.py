"""Who is heard at the real addresses: carriers, each for its own account; everybody else learns nothing."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import AsyncClient, RequestFactory

from bots.actions.errors import ActionError
from bots.hosting.database import in_database
from bots.models import Call, UnreadableCredential
from telephony.carriers import CARRIERS, carrier_named
from telephony.carriers.base import AnswerDocument
from telephony.carriers.errors import CarrierCannot, WebhookMalformed, WebhookRefused
from telephony.models import CallLeg, CarrierAccount, WebhookReceipt
from telephony.webhooks.requests import MAX_BODY, for_carriers, refused
from tests.bots.factories import make_bot
from tests.bots.hosting.test_recorder import locked_database
from tests.telephony.carriers.requests import Sent, some_text
from tests.telephony.rows import SECRET, make_account, make_number
from tests.telephony.wire import deliver, line_of, sent_to, status_pairs, voice_pairs

pytestmark = pytest.mark.django_db(transaction=True)
SIGNING = ("twilio", "telnyx", "plivo")
EACH = 100


def rows() -> tuple[int, int, int]:
    return Call.objects.count(), CallLeg.objects.count(), WebhookReceipt.objects.count()


@pytest.fixture
def accounts() -> dict[str, CarrierAccount]:
    bot = make_bot()
    found = {carrier: make_account(carrier) for carrier in CARRIERS}
    for number, account in enumerate(found.values()):
        make_number(account, bot, e164=f"+4930123456{number}")
    return found


def called(account: CarrierAccount) -> Sent:
    """A genuine question about a call to the account's number."""
    line = line_of(account.carrier, to_number=account.numbers.get().e164)
    return sent_to(account, "voice", voice_pairs(account.carrier, line))


def unsigned(sent: Sent, account: CarrierAccount) -> None:
    sent.headers = {}
    sent.url = sent.url.replace("key=", "Key=")


def broken(sent: Sent, account: CarrierAccount) -> None:
    for name, value in sent.headers.items():
        sent.headers[name] = ("A" if value[0] != "A" else "B") + value[1:]
    sent.url = sent.url.replace("key=", "key=x")


def of_another_account(sent: Sent, account: CarrierAccount) -> None:
    if account.carrier == "exotel":
        sent.url = sent.url.replace(account.hook_key, "hook-of-somebody-else")
        return
    sent.secret = "5" if account.carrier == "telnyx" else SECRET + "x"
    sent.sign()


def altered(sent: Sent, account: CarrierAccount) -> None:
    sent.pairs[0] = (sent.pairs[0][0], sent.pairs[0][1] + "x")


def with_a_field_more(sent: Sent, account: CarrierAccount) -> None:
    sent.pairs.append(("To", "+4930123456"))


def for_another_address(sent: Sent, account: CarrierAccount) -> None:
    sent.url = sent.url.replace("/voice", "/status")
    sent.sign()
    sent.url = sent.url.replace("/status", "/voice")


def for_another_host(sent: Sent, account: CarrierAccount) -> None:
    sent.url = sent.url.replace("voice.example", "testserver")
    sent.sign()


def with_a_longer_address(sent: Sent, account: CarrierAccount) -> None:
    sent.url += "?more=1"


def expired(sent: Sent, account: CarrierAccount) -> None:
    sent.stamp = int(time.time()) - 320
    sent.sign()


def from_tomorrow(sent: Sent, account: CarrierAccount) -> None:
    sent.stamp = int(time.time()) + 86_400
    sent.sign()


def by_get(sent: Sent, account: CarrierAccount) -> None:
    sent.method = "GET"


Attack = Callable[[Sent, CarrierAccount], None]
EVERYWHERE: tuple[Attack, ...] = (unsigned, broken, of_another_account)
OF_A_FORM: tuple[Attack, ...] = (altered, with_a_field_more, by_get)
OF_AN_ADDRESS: tuple[Attack, ...] = (for_another_address, for_another_host, with_a_longer_address)
OF_A_TIME: tuple[Attack, ...] = (expired, from_tomorrow)
ATTACKS: dict[str, tuple[Attack, ...]] = {
    "twilio": EVERYWHERE + OF_A_FORM + OF_AN_ADDRESS,
    "telnyx": EVERYWHERE + OF_A_FORM + OF_A_TIME,
    "plivo": EVERYWHERE + OF_A_FORM + OF_AN_ADDRESS,
    "exotel": EVERYWHERE,
}


@pytest.mark.parametrize("carrier", CARRIERS)
async def test_what_nobody_signed_is_refused_without_a_trace_and_without_a_hint(
    accounts: dict[str, CarrierAccount], carrier: str
) -> None:
    """Reliability T1, T2, T8: one status and one body, whatever was wrong; nothing is written, everything counted."""
    account, client = accounts[carrier], AsyncClient()
    before, nothing = refused["webhook.unsigned"], await in_database(rows)
    answers = set()
    for attack in ATTACKS[carrier]:
        sent = await in_database(called, account)
        attack(sent, account)
        answer = await deliver(client, sent)
        answers.add((attack.__name__, answer.status_code, answer.content, answer["Content-Type"]))
    for change in ({"slug": "nobody"}, {"is_enabled": False}):
        sent = await in_database(called, account)
        if "slug" in change:
            sent.url = sent.url.replace(f"/{account.slug}/", "/nobody/")
        else:
            await in_database(CarrierAccount.objects.filter(pk=account.pk).update, **change)
        answer = await deliver(client, sent)
        answers.add((str(change), answer.status_code, answer.content, answer["Content-Type"]))
    assert {answer[1:] for answer in answers} == {(403, b"webhook.unsigned\n", "text/plain")}, answers
    assert await in_database(rows) == nothing
    assert refused["webhook.unsigned"] - before == len(ATTACKS[carrier]) + 2


@pytest.mark.parametrize("carrier", CARRIERS)
async def test_genuine_questions_are_answered_and_forged_ones_are_not(
    accounts: dict[str, CarrierAccount], carrier: str
) -> None:
    """Reliability T1, at the real addresses: of a hundred each none wrongly."""
    chance, client, account = random.Random(f"http {carrier}"), AsyncClient(), accounts[carrier]
    wrongly: list[tuple[str, int]] = []
    for number in range(EACH):
        more = [(f"X{place}", some_text(chance)) for place in range(chance.randrange(3))]
        pairs = [("CallSid", f"CA{number}"), ("CallUUID", f"CA{number}"), ("To", "+4999"), *more]
        sent = sent_to(account, "voice", pairs)
        if (status := (await deliver(client, sent)).status_code) != 200:
            wrongly.append(("refused", status))
        attack = chance.choice(ATTACKS[carrier])
        attack(sent, account)
        if (status := (await deliver(client, sent)).status_code) != 403:
            wrongly.append((attack.__name__, status))
    assert wrongly == []
    assert (await in_database(rows))[:2] == (0, 0)


@pytest.mark.parametrize("carrier", SIGNING)
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
async def test_a_carrier_that_signs_asks_with_post(
    accounts: dict[str, CarrierAccount], carrier: str, method: str
) -> None:
    sent = await in_database(called, accounts[carrier])
    if method == "GET" and carrier != "telnyx":
        sent.url, sent.pairs = f"{sent.url}?{urlencode(sent.pairs)}", []
        sent.method = "GET"
        sent.sign()
    else:
        sent.method = "PUT" if method == "GET" else method
    assert (await deliver(AsyncClient(), sent)).status_code == 405
    assert (await in_database(rows)) == (0, 0, 0)


@pytest.mark.parametrize("slug", ["twilio", "nobody"])
@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/x-www-form-urlencoded", b"a=" + b"x" * MAX_BODY),
        ("application/x-www-form-urlencoded", b"a=" + b"x" * 2_000_000),
        ("application/x-www-form-urlencoded", b"a=\xff\xfe"),
        ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % n for n in range(300))),
    ],
)
async def test_what_cannot_be_read_is_refused_whether_there_is_an_account_or_not(
    accounts: dict[str, CarrierAccount], slug: str, content_type: str, body: bytes
) -> None:
    answer = await AsyncClient().post(f"/telephony/{slug}/voice", body, content_type=content_type)
    assert (answer.status_code, answer.content) == (400, b"webhook.malformed\n")


@pytest.mark.parametrize("carrier", CARRIERS)
async def test_a_signed_question_that_names_no_call_is_refused(
    accounts: dict[str, CarrierAccount], carrier: str
) -> None:
    answer = await deliver(AsyncClient(), sent_to(accounts[carrier], "voice", [("From", "+49")]))
    assert (answer.status_code, answer.content) == (400, b"webhook.malformed\n")


async def test_the_request_s_own_host_and_proxies_count_for_nothing(accounts: dict[str, CarrierAccount]) -> None:
    """Reliability T8: what is checked is the configured address, while the request's host is ``testserver``."""
    forwarded = {"x-forwarded-host": "evil.example", "x-forwarded-proto": "http", "forwarded": "host=evil.example"}
    for carrier in ("twilio", "plivo"):
        sent = await in_database(called, accounts[carrier])
        answer = await deliver(AsyncClient(), sent, headers=forwarded)
        assert answer.status_code == 200
        assert b"wss://voice.example/telephony/stream/" in answer.content


async def test_a_public_address_with_a_path_is_the_one_that_is_checked(
    accounts: dict[str, CarrierAccount], voice: Any
) -> None:
    """Reliability T8: a proxy that takes the path away changes nothing."""
    voice(PUBLIC_URL="https://house.example/voice/")
    account = accounts["twilio"]
    pairs = voice_pairs("twilio", line_of("twilio", to_number=(await in_database(account.numbers.get)).e164))
    sent = sent_to(account, "voice", pairs, base="https://house.example/voice")
    sent.url = sent.url.replace("/voice/telephony", "/telephony")
    answer = await deliver(AsyncClient(), sent)
    assert answer.status_code == 200
    assert b"wss://house.example/voice/telephony/stream/twilio/" in answer.content


async def test_without_a_public_address_nobody_is_heard(accounts: dict[str, CarrierAccount], voice: Any) -> None:
    voice(PUBLIC_URL="")
    for slug in ("twilio", "nobody"):
        sent = sent_to(accounts["twilio"], "voice", [("CallSid", "CA1")])
        sent.url = sent.url.replace("/twilio/", f"/{slug}/")
        answer = await deliver(AsyncClient(), sent)
        assert (answer.status_code, answer.content) == (503, b"public_url.missing\n")


async def test_secrets_that_cannot_be_opened_let_nobody_in(accounts: dict[str, CarrierAccount]) -> None:
    await in_database(CarrierAccount.objects.update, encrypted=b"not what any key opens")
    for carrier in SIGNING:
        answer = await deliver(AsyncClient(), await in_database(called, accounts[carrier]))
        assert (answer.status_code, answer.content) == (403, b"webhook.unsigned\n")


async def test_a_slow_database_is_answered_in_each_carrier_s_own_words(
    accounts: dict[str, CarrierAccount], voice: Any
) -> None:
    """Reliability T6: the caller is turned away in time, and what is decided later leaves nothing behind."""
    voice(WEBHOOK_SECONDS=0.15)
    client = AsyncClient()
    asked = {carrier: await in_database(called, account) for carrier, account in accounts.items()}
    async with locked_database():
        for carrier, sent in asked.items():
            answer = await deliver(client, sent)
            expected = carrier_named(carrier).busy_document()
            assert (answer.status_code, answer.content.decode()) == (200, expected.body)
            assert answer["Content-Type"] == expected.content_type
    voice(WEBHOOK_SECONDS=20)
    told = sent_to(accounts["twilio"], "status", status_pairs("twilio", line_of("twilio"), "completed"))
    assert (await deliver(client, told)).status_code == 204
    assert await in_database(rows) == (0, 0, 0)


async def test_a_status_that_cannot_be_kept_in_time_is_asked_for_again(
    accounts: dict[str, CarrierAccount], voice: Any
) -> None:
    leg = await in_database(
        CallLeg.objects.create, account=accounts["twilio"], direction="inbound", carrier_call_id="CA1",
        created_at="2026-01-01T00:00:00Z",
    )  # fmt: skip
    voice(WEBHOOK_SECONDS=0.15)
    told = sent_to(accounts["twilio"], "status", status_pairs("twilio", line_of("twilio"), "completed"))
    async with locked_database():
        answer = await deliver(AsyncClient(), told)
        assert (answer.status_code, answer.content) == (503, b"server.database\n")
    voice(WEBHOOK_SECONDS=20)
    await deliver(AsyncClient(), told)
    await in_database(leg.refresh_from_db)
    assert leg.status == "completed"


@pytest.mark.parametrize(
    ("failure", "with_caller", "without"),
    [
        (CarrierCannot("It has no such thing."), 200, 503),
        (UnreadableCredential("No key opens it."), 200, 503),
        (ActionError("call.gone", "It is over.", http_status=409), 200, 409),
        (WebhookMalformed("It says nothing."), 400, 400),
        (WebhookRefused("It is not for you."), 403, 403),
    ],
)
async def test_what_fails_behind_the_signature_is_a_busy_tone_for_callers_and_a_code_for_carriers(
    accounts: dict[str, CarrierAccount], failure: Exception, with_caller: int, without: int
) -> None:
    def answer(account: Any, request: Any) -> AnswerDocument:
        CallLeg.objects.create(account=account, direction="inbound", created_at="2026-01-01T00:00:00Z")
        raise failure

    for waits, status in ((True, with_caller), (False, without)):
        endpoint = for_carriers("POST", on_trouble=waits)(answer)
        sent = await in_database(called, accounts["plivo"])
        request = RequestFactory().generic(
            "POST", "/telephony/plivo/voice", sent.body, "application/x-www-form-urlencoded", headers=sent.headers
        )
        found = await endpoint(request, "plivo")
        assert found.status_code == status
        if status == 200:
            assert found.content.decode() == carrier_named("plivo").busy_document().body
            assert await in_database(CallLeg.objects.count) == 0

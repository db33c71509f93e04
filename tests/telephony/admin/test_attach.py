"""The attach wizard against emulated carriers and this house's own public address."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from telephony.emulation.exchange import Exchange
from telephony.models import CarrierAccount, PhoneNumber
from tests.bots.factories import make_bot, make_user
from tests.telephony.dialling import may
from tests.telephony.exchanges import running_exchange
from tests.telephony.rows import NUMBER, make_account, make_number

pytestmark = [pytest.mark.network, pytest.mark.django_db(transaction=True)]
BASE = "/admin/telephony/phonenumber/attach/"
SECOND = "+4930123457"


@pytest.fixture
def exchange(voice: Callable[..., None], live_server: Any, settings: Any) -> Iterator[Exchange]:
    """Carriers that have two numbers, and a public address that leads here."""
    with running_exchange() as running:
        running.numbers.update(PN1={"number": NUMBER}, PN2={"number": SECOND})
        voice(PUBLIC_URL=live_server.url, CARRIER_EMULATOR=f"http://127.0.0.1:{running.port}")
        yield running


@pytest.fixture
def client() -> Client:
    """Somebody who may attach numbers, and nothing else."""
    browser = Client()
    person = make_user("maria", staff=True)
    browser.force_login(may(person, "add_phonenumber", "change_phonenumber", "view_phonenumber"))
    return browser


def begun(client: Client, account: CarrierAccount) -> str:
    client.get(BASE)
    return send(client, "account", account=account.pk)


def send(client: Client, step: str, **values: Any) -> str:
    """Answer a step and return the text of the page that follows."""
    return client.post(f"{BASE}{step}/", values, follow=True).content.decode()


def seen(client: Client, step: str) -> str:
    return client.get(f"{BASE}{step}/", follow=True).content.decode()


@pytest.mark.parametrize("carrier", ["twilio", "telnyx", "plivo"])
def test_five_steps_attach_a_number(client: Client, exchange: Exchange, live_server: Any, carrier: str) -> None:
    bot, account = make_bot(), make_account(carrier)
    listed = begun(client, account)
    assert NUMBER in listed
    assert SECOND in listed
    assert "Who answers" in send(client, "number", number=NUMBER)
    addresses = send(client, "bot", bot=bot.pk)
    assert f"{live_server.url}/telephony/{carrier}/voice" in addresses
    assert f"{live_server.url}/telephony/{carrier}/status" in addresses
    assert "asks this server from now on" in send(client, "webhooks", set="1")
    done = send(client, "check")
    assert "went out and came back in" in done
    assert "Only this machine can reach" in done
    number = PhoneNumber.objects.get()
    assert (number.e164, number.bot, number.webhook_state) == (NUMBER, bot, "attached")
    assert number.verified_at is not None
    assert [entry.get_change_message() for entry in LogEntry.objects.order_by("pk")] == [
        "Attached to Front desk.", "Webhooks set at the carrier."
    ]  # fmt: skip
    compared = client.post(f"/admin/telephony/phonenumber/{number.pk}/compare/", follow=True).content.decode()
    assert "1 number is as it should be" in compared


def test_exotel_s_addresses_are_entered_by_hand(client: Client, exchange: Exchange) -> None:
    account = make_account("exotel")
    begun(client, account)
    send(client, "number", number=NUMBER)
    page = send(client, "bot", bot=make_bot().pk)
    assert f"?key={account.hook_key}" in page
    assert "Voicebot applet" in page
    assert f"/telephony/exotel/connect?key={account.hook_key}" in page
    assert 'name="set"' not in page
    assert "carrier.cannot" in send(client, "webhooks", set="1")


def test_a_carrier_that_fails_leaves_the_way_by_hand(client: Client, exchange: Exchange) -> None:
    account = make_account()
    account.set_secrets({"auth_token": "short"})
    account.save()
    page = begun(client, account)
    assert "carrier.keys" in page
    assert "Enter the account&#x27;s id and secrets anew" in page
    assert "cannot be read" in send(client, "number", hand="12")
    assert 'value="call me"' in send(client, "number", hand="call me")
    assert "Who answers" in send(client, "number", hand="+49 30 123456")
    assert "carrier.keys" in (send(client, "bot", bot=make_bot().pk) and send(client, "webhooks", set="1"))
    assert PhoneNumber.objects.get().e164 == NUMBER
    assert "Does the public address lead here" in seen(client, "check")


def test_steps_are_opened_in_order_and_back_loses_nothing(client: Client, exchange: Exchange) -> None:
    client.get(BASE)
    for step in ("number", "bot", "webhooks", "check"):
        assert "With which carrier account" in seen(client, step)
    assert client.get(f"{BASE}somewhere/").status_code == 404
    begun(client, make_account())
    send(client, "number", number=SECOND)
    assert f'value="{SECOND}" checked' in seen(client, "number")
    assert len([asked for asked in exchange.heard if asked.method == "GET"]) == 1
    client.get(f"{BASE}number/?again")
    assert len([asked for asked in exchange.heard if asked.method == "GET"]) == 2
    assert f"Who answers {SECOND}" in seen(client, "bot")
    assert "Choose a number, or enter one." in send(client, "number")
    assert f"Who answers {SECOND}" in seen(client, "webhooks")


def test_numbers_that_are_here_already_are_marked(client: Client, exchange: Exchange) -> None:
    account, bot = make_account(), make_bot()
    make_number(account, bot)
    make_number(make_account("plivo", name="Old line"), bot, e164=SECOND)
    page = begun(client, account)
    assert "is here already, answered by Front desk" in page
    assert "belongs to Old line here" in page
    send(client, "number", hand=SECOND)
    assert "belongs to the account Old line" in send(client, "bot", bot=bot.pk)


def test_of_very_many_numbers_only_the_first_are_offered(client: Client, exchange: Exchange) -> None:
    exchange.numbers.update({f"QN{n}": {"number": f"+49301{n:06}"} for n in range(300)})
    account = make_account()
    page = client.get(f"{BASE}?account={account.pk}", follow=True).content.decode()
    assert "The account has more numbers" in page
    assert page.count('type="radio"') == 200
    send(client, "number", hand="+49301000299")
    send(client, "bot", bot=make_bot().pk)
    assert "asks this server from now on" in send(client, "webhooks", set="1")
    assert exchange.numbers["QN299"]["voice"].endswith("/telephony/twilio/voice")


def test_a_number_s_own_page_leads_back_to_its_webhooks(client: Client, exchange: Exchange) -> None:
    number = make_number(
        make_account(), make_bot(), carrier_ref="PN1", webhook_state="drifted", webhook_seen="https://x.example"
    )
    page = client.get(f"{BASE}?number={number.pk}", follow=True).content.decode()
    assert "changed at the carrier" in page
    assert "https://x.example" in page
    send(client, "webhooks", set="1")
    number.refresh_from_db()
    assert number.webhook_state == "attached"


def test_a_missing_public_address_is_told_and_the_row_is_kept(
    client: Client, exchange: Exchange, voice: Callable[..., None]
) -> None:
    voice(PUBLIC_URL="")
    begun(client, make_account())
    send(client, "number", number=NUMBER)
    page = send(client, "bot", bot=make_bot("draft", published=False).pk)
    assert "public_url.missing" in page
    assert "VOICE_PUBLIC_URL" in send(client, "check")
    assert "Publish it" in seen(client, "check")
    assert PhoneNumber.objects.get().verified_at is None


def test_an_account_that_is_gone_begins_anew(client: Client, exchange: Exchange) -> None:
    account = make_account()
    begun(client, account)
    CarrierAccount.objects.update(is_enabled=False)
    assert "Begin again" in seen(client, "number")
    assert "no account yet" in seen(client, "account")


def test_who_may_not_attach_sees_nothing(exchange: Exchange) -> None:
    browser = Client()
    browser.force_login(may(make_user("sam", staff=True), "view_phonenumber", "change_phonenumber"))
    assert browser.get(BASE).status_code == 403
    assert browser.post(f"{BASE}account/", {"account": "1"}).status_code == 403
    assert "Attach a number" not in browser.get("/admin/telephony/phonenumber/").content.decode()

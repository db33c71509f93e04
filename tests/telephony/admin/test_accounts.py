"""Carrier accounts in the administration: secrets go in and never come out (S14); the keys are tested."""

from __future__ import annotations

import logging
import pickle
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from telephony.models import CallLeg, CarrierAccount
from tests.bots.factories import make_user
from tests.telephony.dialling import may
from tests.telephony.rows import make_account, make_number

pytestmark = pytest.mark.django_db
CANARY = "c4n4ry-0a1b2c3d4e5f"
LIST = "/admin/telephony/carrieraccount/"


@pytest.fixture
def client() -> Client:
    """An administrator's browser."""
    browser = Client()
    browser.force_login(make_user("root", staff=True, superuser=True))
    return browser


def filled(carrier: str = "twilio", **more: str) -> dict[str, str]:
    return {"name": "Main line", "slug": "main", "carrier": carrier, "account_id": "AC1", "region": "",
            "is_enabled": "on", **more}  # fmt: skip


def page(account: CarrierAccount, what: str = "change") -> str:
    return f"{LIST}{account.pk}/{what}/"


def text_of(client: Client, url: str) -> str:
    return client.get(url).content.decode()


def test_secrets_go_in_once_and_are_shown_nowhere(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    client.post(f"{LIST}add/", filled(secret__twilio__auth_token=CANARY))
    account = CarrierAccount.objects.get()
    assert account.secrets() == {"auth_token": CANARY}
    client.post(page(account), filled(name="Other name"))
    account.refresh_from_db()
    assert (account.name, account.secrets()) == ("Other name", {"auth_token": CANARY})
    shown = [text_of(client, url) for url in (page(account), LIST, page(account, "history"))]
    shown += [
        caplog.text,
        str(LogEntry.objects.values()),
        str(account),
        repr(vars(account)),
        repr(pickle.dumps(account)),
    ]
    assert all(CANARY not in text for text in shown)
    assert "Empty: keep it." in shown[0]


def test_a_form_that_is_wrong_does_not_repeat_the_secret(client: Client) -> None:
    answer = client.post(f"{LIST}add/", filled(name="", secret__twilio__auth_token=CANARY))
    assert answer.status_code == 200
    assert CANARY not in answer.content.decode()


@pytest.mark.parametrize(
    ("carrier", "given", "missing"),
    [
        ("twilio", {}, "Twilio needs this"),
        ("telnyx", {"secret__telnyx__api_key": CANARY}, "Telnyx needs this"),
        ("exotel", {"secret__exotel__api_key": CANARY, "secret__twilio__auth_token": CANARY}, "Exotel needs this"),
        ("twilio", {"secret__twilio__auth_token": "two words"}, "has a space"),
        ("twilio", {"secret__twilio__auth_token": "schlüssel"}, "keys never have"),
        ("twilio", {"secret__twilio__auth_token": CANARY, "account_id": "AC 1"}, "has a space"),
        (
            "twilio",
            {"secret__twilio__auth_token": CANARY, "region": "evil.example/x"},
            "none that this carrier can have",
        ),
        ("twilio", {"secret__twilio__auth_token": CANARY, "slug": "no slug"}, "valid “slug”"),
    ],
)
def test_what_is_missing_or_odd_is_named(client: Client, carrier: str, given: dict[str, str], missing: str) -> None:
    answer = client.post(f"{LIST}add/", filled(carrier, **given)).content.decode()
    assert missing in answer
    assert CANARY not in answer
    assert not CarrierAccount.objects.exists()


def test_only_the_chosen_carrier_s_secrets_are_kept(client: Client) -> None:
    client.post(
        f"{LIST}add/", filled("plivo", secret__plivo__auth_token="plivo-secret", secret__twilio__auth_token=CANARY)
    )
    assert CarrierAccount.objects.get().secrets() == {"auth_token": "plivo-secret"}


def test_an_optional_secret_can_be_taken_away(client: Client) -> None:
    given = {"secret__exotel__api_key": "a", "secret__exotel__api_token": "b", "secret__exotel__flow_id": "926"}
    client.post(f"{LIST}add/", filled("exotel", **given))
    account = CarrierAccount.objects.get()
    assert account.secrets()["flow_id"] == "926"
    assert "forget__exotel__flow_id" in text_of(client, page(account))
    client.post(page(account), filled("exotel", forget__exotel__flow_id="on"))
    account.refresh_from_db()
    assert account.secrets() == {"api_key": "a", "api_token": "b"}
    assert "forget__exotel__flow_id" not in text_of(client, page(account))


def test_new_keys_make_an_old_test_count_no_more_and_a_new_name_does_not(client: Client) -> None:
    account = make_account(slug="main", check_code="carrier.keys", check_sentence="They are wrong.")
    client.post(page(account), filled(name="Better name"))
    account.refresh_from_db()
    assert account.check_code == "carrier.keys"
    client.post(page(account), filled(secret__twilio__auth_token=CANARY))
    account.refresh_from_db()
    assert (account.check_code, account.check_sentence, account.checked_at) == ("", "", None)


def test_secrets_that_cannot_be_opened_are_asked_for_again(client: Client) -> None:
    account = make_account(slug="main")
    CarrierAccount.objects.filter(pk=account.pk).update(encrypted=b"nonsense")
    assert "Stored." not in text_of(client, page(account))
    assert "Twilio needs this" in client.post(page(account), filled()).content.decode()
    client.post(page(account), filled(secret__twilio__auth_token=CANARY))
    assert CarrierAccount.objects.get().secrets() == {"auth_token": CANARY}


def test_a_failed_test_is_told_on_the_page_and_in_the_list(client: Client) -> None:
    account = make_account(region="evil.example/")
    text = client.post(page(account, "test"), follow=True).content.decode()
    assert "carrier.cannot" in text
    assert "region is none that this carrier can have" in text
    assert 'class="state bad"' in text_of(client, LIST)
    assert client.get(page(account, "test")).status_code == 405
    assert client.post(f"{LIST}999/test/").status_code == 404


def test_an_account_in_use_is_kept_with_its_carrier_and_address(client: Client) -> None:
    account = make_account(slug="main")
    make_number(account, None)
    CallLeg.objects.create(account=account, direction="inbound", created_at=account.created_at)
    text = client.post(page(account, "delete"), {"post": "yes"}, follow=True).content.decode()
    assert "1 number and 1 call belong to it" in text
    client.post(page(account), filled("plivo", slug="other", secret__plivo__auth_token=CANARY))
    account.refresh_from_db()
    assert (account.carrier, account.slug) == ("twilio", "main")
    assert "delete_selected" not in text_of(client, LIST)


def test_an_account_that_nothing_uses_is_deleted(client: Client) -> None:
    account = make_account()
    client.post(page(account, "delete"), {"post": "yes"})
    assert not CarrierAccount.objects.exists()


def test_a_key_that_became_known_is_replaced_where_addresses_carry_one(client: Client) -> None:
    account = make_account("exotel", slug="main", hook_key="known-to-everybody")
    assert "new_hook_key" in text_of(client, page(account))
    assert "known-to-everybody" not in text_of(client, page(account))
    client.post(page(account), filled("exotel", new_hook_key="on"))
    account.refresh_from_db()
    assert account.hook_key != "known-to-everybody"
    assert len(account.hook_key) >= 24
    assert "new_hook_key" not in text_of(client, page(make_account()))


def test_the_page_leads_to_the_wizard(client: Client) -> None:
    account = make_account()
    assert f"attach/?account={account.pk}" in text_of(client, page(account))
    CarrierAccount.objects.update(is_enabled=False)
    assert "attach/?account=" not in text_of(client, page(account))


def test_who_may_only_look_sees_no_secret_fields_and_no_test(client: Client) -> None:
    account = make_account()
    watcher: Any = Client()
    watcher.force_login(may(make_user("maria", staff=True), "view_carrieraccount"))
    text = text_of(watcher, page(account))
    assert "secret__" not in text
    assert "/test/" not in text
    assert watcher.post(page(account, "test")).status_code == 403
    stranger = Client()
    stranger.force_login(make_user("sam", staff=True))
    assert stranger.get(page(account)).status_code == 403

"""The page that calls from a number: every rule is shown before the button, which places one call."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from bots.models import Call
from telephony.actions import place_call
from telephony.carriers.errors import CarrierUnreachable
from telephony.models import BlockedNumber, CallLeg, PhoneNumber
from tests.bots.factories import make_bot, make_user
from tests.telephony.dialling import PUBLIC, THEIRS, FakeAPI, make_number, make_policy, may

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> FakeAPI:
    settings.VOICE = {**settings.VOICE, "CALLS_DIR": tmp_path, "PUBLIC_URL": PUBLIC}
    make_policy()
    found = FakeAPI()
    monkeypatch.setattr(place_call, "api_of", lambda account: found)
    return found


@pytest.fixture
def number(api: FakeAPI) -> PhoneNumber:
    return make_number(label="Desk")


@pytest.fixture
def client() -> Client:
    browser = Client()
    browser.force_login(make_user("root", staff=True, superuser=True))
    return browser


def page_of(number: PhoneNumber) -> str:
    return f"/admin/telephony/phonenumber/{number.pk}/call/"


def filled(client: Client, number: PhoneNumber, **more: str) -> dict[str, str]:
    """The form as it comes, filled in; its key is the page's own."""
    text = client.get(page_of(number)).content.decode()
    found = re.search(r'name="key" value="([^"]+)"', text)
    assert found is not None
    return {"key": found[1], "to": "+49 89 123456", "bot": "", "custom": "", **more}


def test_all_rules_are_shown_then_the_call_is_placed_once(client: Client, number: PhoneNumber, api: FakeAPI) -> None:
    form = filled(client, number, custom="name = Ada\nvisit=3")
    shown = client.post(page_of(number), form).content.decode()
    assert shown.count('<span class="state good">ok</span>') == 14
    assert "It would cost at most 0.20 USD, for 10 minutes" in shown
    assert 'name="_place"' in shown
    assert f'value="{form["key"]}"' in shown
    assert (api.placed, Call.objects.count()) == ([], 0)
    placed = client.post(page_of(number), {**form, "_place": "1"})
    again = client.post(page_of(number), {**form, "_place": "1"})
    call = Call.objects.get()
    assert placed.status_code == again.status_code == 302
    assert placed["Location"] == again["Location"] == f"/calls/{call.pk}/"
    assert CallLeg.objects.get().custom == {"name": "Ada", "visit": "3"}
    assert len(api.placed) == 1
    assert client.get(placed["Location"]).status_code == 200


def test_a_rule_against_it_is_shown_and_there_is_no_button(client: Client, number: PhoneNumber, api: FakeAPI) -> None:
    BlockedNumber.objects.create(e164=THEIRS)
    form = filled(client, number)
    shown = client.post(page_of(number), form).content.decode()
    assert "This number is on the do-not-call list." in shown
    assert 'name="_place"' not in shown
    refused = client.post(page_of(number), {**form, "_place": "1"}).content.decode()
    assert "dial.blocked" in refused
    assert api.placed == []


def test_another_bot_can_be_chosen_if_it_is_published(client: Client, number: PhoneNumber, api: FakeAPI) -> None:
    other, draft = make_bot("survey", name="Survey"), make_bot("draft", name="Draft", published=False)
    text = client.get(page_of(number)).content.decode()
    assert ("Survey" in text, ">Draft<" in text, "the number&#x27;s own: Front desk" in text) == (True, False, True)
    client.post(page_of(number), {**filled(client, number, bot=str(other.pk)), "_place": "1"})
    assert Call.objects.get().bot == other
    assert "Select a valid choice" in client.post(
        page_of(number), filled(client, number, bot=str(draft.pk))).content.decode()  # fmt: skip


def test_what_the_carrier_says_against_it_is_shown(client: Client, number: PhoneNumber, api: FakeAPI) -> None:
    api.fails = CarrierUnreachable("The carrier could not be reached.", retryable=True)
    text = client.post(page_of(number), {**filled(client, number), "_place": "1"}).content.decode()
    assert "The carrier could not be reached." in text
    assert "carrier.unreachable" in text


@pytest.mark.parametrize("change", [{"to": ""}, {"custom": "nonsense"}, {"custom": "a b = c"}, {"key": "x"}])
def test_what_cannot_be_read_is_named(
    client: Client, number: PhoneNumber, api: FakeAPI, change: dict[str, str]
) -> None:
    shown = client.post(page_of(number), {**filled(client, number), **change, "_place": "1"})
    assert shown.status_code == 200
    assert api.placed == []


def test_who_may_not_place_calls_does_not_get_the_page(number: PhoneNumber, client: Client) -> None:
    browser = Client()
    browser.force_login(may(make_user("lena", staff=True), "view_phonenumber"))
    assert browser.get(page_of(number)).status_code == 403
    assert "Call…" not in browser.get(f"/admin/telephony/phonenumber/{number.pk}/change/").content.decode()
    assert "Call…" in client.get(f"/admin/telephony/phonenumber/{number.pk}/change/").content.decode()
    assert client.get("/admin/telephony/phonenumber/999/call/").status_code == 404

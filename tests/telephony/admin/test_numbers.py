"""Phone numbers in the administration: list, form with hours, switches."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from telephony.admin.hours import HoursField
from telephony.models import PhoneNumber
from telephony.selectors.reception import is_open
from tests.bots.factories import make_bot, make_user
from tests.telephony.dialling import may
from tests.telephony.rows import CALLER, NUMBER, make_account, make_leg, make_number

pytestmark = pytest.mark.django_db
LIST = "/admin/telephony/phonenumber/"


@pytest.fixture
def client() -> Client:
    """An administrator's browser."""
    browser = Client()
    browser.force_login(make_user("root", staff=True, superuser=True))
    return browser


def filled(number: PhoneNumber, **more: str) -> dict[str, str]:
    return {"label": number.label, "account": str(number.account_id), "bot": "", "language": "", "is_enabled": "on",
            "time_zone": "Europe/Berlin", "overflow_bot": "", "overflow_message": "", "recording": "bot",
            "max_calls": "10", **more}  # fmt: skip


def page(number: PhoneNumber, what: str = "change") -> str:
    return f"{LIST}{number.pk}/{what}/"


def test_the_list_says_who_answers_what_the_carrier_asks_and_how_much_it_is_called(client: Client) -> None:
    bot = make_bot()
    account = make_account()
    number = make_number(account, bot, webhook_state="drifted", label="Desk")
    make_number(account, make_bot("draft", published=False), e164="+4930123457")
    make_leg(account, bot, number=number)
    make_leg(account, bot, number=number, carrier_call_id="CA2", created_at=timezone.now() - timedelta(days=2))
    text = client.get(LIST).content.decode()
    for words in (NUMBER, "Desk", "Front desk", "changed at the carrier", "not published", "Attach a number"):
        assert words in text
    assert '<td class="field-called_day">1</td>' in text
    assert "+4930123457" not in client.get(f"{LIST}?q=Desk&webhook_state__exact=drifted").content.decode()


def test_a_number_is_added_as_telephones_write_it(client: Client) -> None:
    account = make_account()
    blank = PhoneNumber(account=account)
    client.post(f"{LIST}add/", {**filled(blank), "e164": "+49 (30) 123 456"})
    assert PhoneNumber.objects.get().e164 == NUMBER
    for text, words in (("+49 30 123456", "here already"), ("12", "cannot be read"), ("+4", "cannot be read")):
        assert words in client.post(f"{LIST}add/", {**filled(blank), "e164": text}).content.decode()
    assert PhoneNumber.objects.count() == 1


def test_hours_are_rows_of_days_and_times(client: Client) -> None:
    number = make_number(make_account(), None)
    rows = {"hours-0-0": "1", "hours-0-4": "1", "hours-0-from": "09:00", "hours-0-to": "17:00",
            "hours-3-6": "1", "hours-3-from": "20:00", "hours-3-to": "00:00"}  # fmt: skip
    client.post(page(number), filled(number, **rows))
    number.refresh_from_db()
    assert number.hours == [
        {"days": [0, 4], "from": "09:00", "to": "17:00"}, {"days": [6], "from": "20:00", "to": "00:00"}
    ]  # fmt: skip
    assert number.time_zone == "Europe/Berlin"
    sunday = datetime(2026, 11, 22, 22, 30, tzinfo=UTC)
    assert is_open(number, sunday)
    assert not is_open(number, sunday + timedelta(hours=1))
    text = client.get(page(number)).content.decode()
    assert 'name="hours-0-4" value="1" checked' in text
    assert 'name="hours-1-from" value="20:00"' in text
    client.post(page(number), filled(number))
    number.refresh_from_db()
    assert number.hours == []


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ({"hours-0-0": "1", "hours-0-from": "09:00"}, "Row 1: enter a beginning and an end."),
        ({"hours-1-from": "09:00", "hours-1-to": "10:00"}, "Row 1: choose at least one day."),
        ({"hours-0-0": "1", "hours-0-from": "22:00", "hours-0-to": "06:00"}, "Hours over midnight need two rows."),
        ({"hours-0-0": "1", "hours-0-from": "25:00", "hours-0-to": "26:00"}, "write times as 09:00"),
        ({"hours-0-0": "1", "hours-0-from": "<b>", "hours-0-to": "09:00"}, "write times as 09:00"),
    ],
)
def test_rows_that_say_nothing_are_named_and_stay_as_typed(client: Client, rows: dict[str, str], words: str) -> None:
    number = make_number(make_account(), None)
    text = client.post(page(number), filled(number, **rows)).content.decode()
    assert words in text
    assert "<b>" not in text.partition('class="hours"')[2].partition("overflow")[0]
    number.refresh_from_db()
    assert number.hours == []


def test_rows_of_older_kinds_do_not_break_the_page(client: Client) -> None:
    number = make_number(make_account(), None, hours=["always", {"days": None, "from": 9}], time_zone="Mars/Base")
    text = client.get(page(number)).content.decode()
    assert "Mars/Base" in text
    assert HoursField().has_changed([{"days": [1]}], [])


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("max_calls", "0", "Between 1 and 1000"), ("max_calls", "100000", "Between 1 and 1000"),
        ("language", "de_DE!", "Write a language as de or en-GB"), ("time_zone", "Moon/Base", "Select a valid choice"),
        ("overflow_message", "x" * 301, "at most 300"),
    ],
)  # fmt: skip
def test_settings_that_mean_nothing_are_refused(client: Client, field: str, value: str, words: str) -> None:
    number = make_number(make_account(), None)
    assert words in client.post(page(number), filled(number, **{field: value})).content.decode()


def test_archived_bots_are_offered_only_where_they_are_chosen(client: Client) -> None:
    gone, live = make_bot("gone", name="Gone bot"), make_bot()
    gone.is_archived = True
    gone.save()
    account = make_account()
    first, second = make_number(account, gone), make_number(account, live, e164="+4930123457")
    assert "Gone bot" in client.get(page(first)).content.decode()
    assert "Gone bot" not in client.get(page(second)).content.decode()


def test_another_account_makes_what_the_first_carrier_said_count_no_more(client: Client) -> None:
    number = make_number(make_account(), None, carrier_ref="PN1", webhook_state="attached", verified_at=timezone.now())
    client.post(page(number), filled(number, account=str(make_account("plivo").pk)))
    number.refresh_from_db()
    assert (number.carrier_ref, number.webhook_state, number.verified_at) == ("", "unknown", None)


def test_numbers_are_switched_and_who_did_it_is_kept(client: Client) -> None:
    number = make_number(make_account(), None)
    client.post(LIST, {"action": "switch_off", "_selected_action": [number.pk]})
    number.refresh_from_db()
    assert not number.is_enabled
    assert LogEntry.objects.get().get_change_message() == "Takes no calls."
    client.post(LIST, {"action": "switch_on", "_selected_action": [number.pk]})
    number.refresh_from_db()
    assert number.is_enabled


def test_deleting_says_what_stays_at_the_carrier(client: Client) -> None:
    number = make_number(make_account(), None)
    text = client.post(page(number, "delete"), {"post": "yes"}, follow=True).content.decode()
    assert f"The carrier still asks this server for {NUMBER}" in text
    assert not PhoneNumber.objects.exists()


def test_the_page_shows_the_last_calls_and_hides_numbers_of_others(client: Client) -> None:
    bot, account = make_bot(), make_account()
    number = make_number(account, bot)
    make_leg(account, bot, number=number, refusal_code="dial.spend", refusal_sentence="Today's money is used up.")
    assert CALLER in client.get(page(number)).content.decode()
    watcher: Any = Client()
    watcher.force_login(may(make_user("maria", staff=True), "view_phonenumber"))
    text = watcher.get(page(number)).content.decode()
    assert CALLER not in text
    assert "+49…678" in text
    assert "dial.spend" in text
    assert watcher.post(page(number, "compare")).status_code == 403
    assert watcher.post(page(number, "round-trip")).status_code == 403


def test_what_cannot_be_asked_is_told_in_a_sentence(client: Client, voice: Callable[..., None]) -> None:
    number = make_number(make_account(), None)
    voice(PUBLIC_URL="")
    for what in ("compare", "round-trip"):
        assert client.get(page(number, what)).status_code == 405
        assert "VOICE_PUBLIC_URL" in client.post(page(number, what), follow=True).content.decode()
    assert client.post(f"{LIST}999/compare/").status_code == 404
    text = client.post(LIST, {"action": "look_at_webhooks", "_selected_action": [number.pk]}, follow=True)
    assert "public_url.missing" in text.content.decode()

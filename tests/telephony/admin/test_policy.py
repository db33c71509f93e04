"""The dialling policy's page: rows of countries and prices, a second look before money can be spent, who did it."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from bots.actions.errors import ActionError
from telephony.actions.save_dial_policy import save_dial_policy
from telephony.models import DialPolicy
from telephony.selectors.countries import country_choices, country_name, country_names
from telephony.selectors.dial_policy import current_policy, next_opening
from tests.bots.factories import make_user
from tests.telephony.dialling import make_number, make_policy, may

pytestmark = pytest.mark.django_db
PAGE = "/admin/telephony/dialpolicy/"


@pytest.fixture
def client() -> Client:
    browser = Client()
    browser.force_login(make_user("root", staff=True, superuser=True))
    return browser


def filled(rows: list[tuple[str, str, bool]] | None = None, **more: Any) -> dict[str, Any]:
    """The form as a browser sends it."""
    sent: dict[str, Any] = {
        "begins": "09:00", "ends": "20:00", "weekdays": ["0", "1", "2", "3", "4"], "time_zone": "Europe/Berlin",
        "max_calls": "2", "calls_per_day": "50", "calls_per_destination": "3", "minutes_per_call": "10",
        "spend_per_day": "12.50", "currency": "eur", "is_enabled": "on", **more,
    }  # fmt: skip
    for number, (country, price, allowed) in enumerate([("DE", "0,02", True)] if rows is None else rows, start=1):
        sent |= {f"prices-{number}-country": country, f"prices-{number}-price": price}
        sent |= {f"prices-{number}-allowed": "1"} if allowed else {}
    return {name: value for name, value in sent.items() if value is not None}


def test_switching_on_is_asked_once_more_and_says_what_may_be_spent(client: Client) -> None:
    asked = client.post(PAGE, filled([("DE", "0,02", True), ("AT", "0.10", True), ("CH", "0.3", False)]))
    text = asked.content.decode()
    assert "Calls may then cost up to 12.50 EUR a day." in text
    assert "50 a day, 2 at once, 3 a day to one number, each up to 10 minutes" in text
    assert "5 days a week" in text
    assert re.findall(r"<tr><td>(\w+)</td><td>([\d.]+) EUR</td><td>([\d.]+) EUR", text) == [
        ("Germany", "0.02", "0.20"), ("Austria", "0.10", "1.00"),
    ]  # fmt: skip
    assert not DialPolicy.objects.filter(is_enabled=True).exists()
    again = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', text))
    again |= {"weekdays": ["0", "1", "2", "3", "4"]}
    back = client.post(PAGE, {**again, "_back": "1"}).content.decode()
    assert 'value="0,02"' in back
    assert not DialPolicy.objects.filter(is_enabled=True).exists()
    assert client.post(PAGE, {**again, "_confirmed": "1"}).status_code == 302
    policy = DialPolicy.objects.get()
    assert policy.is_enabled
    assert policy.updated_by is not None
    assert (policy.countries, policy.minute_prices) == (["DE", "AT"], {"DE": "0.02", "AT": "0.10", "CH": "0.3"})
    assert (policy.spend_per_day, policy.currency, policy.weekdays) == (Decimal("12.50"), "EUR", [0, 1, 2, 3, 4])
    assert [entry.change_message for entry in LogEntry.objects.all()] == ["Switched dialling out on."]
    assert "Switched dialling out on." in client.get(f"{PAGE}1/history/").content.decode()


def test_what_is_on_is_changed_and_switched_off_without_a_question(client: Client) -> None:
    make_policy()
    assert client.post(PAGE, filled(calls_per_day="7", weekdays=[str(day) for day in range(7)])).status_code == 302
    policy = DialPolicy.objects.get()
    assert (policy.is_enabled, policy.calls_per_day, policy.weekdays) == (True, 7, [])
    assert client.post(PAGE, filled(is_enabled=None)).status_code == 302
    assert not DialPolicy.objects.get().is_enabled
    assert LogEntry.objects.first().change_message == "Switched dialling out off."  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"rows": [("DE", "", True)]}, "Row 1: a price is more than nothing"),
        ({"rows": [("DE", "0", True)]}, "Row 1: a price is more than nothing"),
        ({"rows": [("DE", "-1", True)]}, "Row 1: a price is more than nothing"),
        ({"rows": [("DE", "NaN", True)]}, "Row 1: a price is more than nothing"),
        ({"rows": [("", "0.02", True)]}, "Row 1: choose a country."),
        ({"rows": [("XX", "0.02", True)]}, "Row 1: choose a country."),
        ({"rows": [("DE", "1", True), ("DE", "2", True)]}, "Row 2: Germany is there already."),
        ({"begins": "20:00", "ends": "09:00"}, "Calls must end later than they begin"),
        ({"minutes_per_call": "0"}, "greater than or equal to 1"),
        ({"spend_per_day": "-1"}, "greater than or equal to 0"),
        ({"currency": "€€€"}, "A currency has three letters"),
        ({"time_zone": "Nowhere/Land"}, "Select a valid choice"),
        ({"weekdays": []}, "This field is required"),
    ],
)
def test_what_makes_no_sense_is_named_and_nothing_is_stored(client: Client, change: dict[str, Any], said: str) -> None:
    make_policy(is_enabled=False)
    before = DialPolicy.objects.values().get()
    page = client.post(PAGE, filled(**change))
    assert page.status_code == 200
    assert said in page.content.decode()
    assert DialPolicy.objects.values().get() == before


def test_the_page_shows_the_day_and_what_may_dial(client: Client) -> None:
    make_policy(spend_per_day=Decimal(3))
    make_number(label="Desk")
    text = client.get(PAGE).content.decode()
    assert "0 calls placed" in text
    assert "0.00 of 3.00 USD are spent or set aside" in text
    assert "a time at which people may be called" in text
    assert "Desk +4930123456" in text
    assert '<option value="DE" selected>Germany (+49)</option>' in text
    make_policy(time_zone="Pacific/Kiritimati", weekdays=[(timezone.now() + timedelta(days=2)).weekday()])
    opens = next_opening(current_policy(), timezone.now())
    assert opens is not None
    said = f"again from {opens:%a} {opens.day} {opens:%b %H:%M} (Pacific/Kiritimati)"
    assert said in client.get(PAGE).content.decode()
    policy = make_policy(time_zone="Nowhere/Land")
    assert "The time zone is unknown" in client.get(PAGE).content.decode()
    assert client.get(f"{PAGE}{policy.pk}/change/").status_code == 302


def test_who_may_only_look_cannot_change_and_others_see_nothing() -> None:
    browser = Client()
    browser.force_login(may(make_user("lena", staff=True), "view_dialpolicy"))
    text = browser.get(PAGE).content.decode()
    assert 'name="_save"' not in text
    assert "disabled" in text
    assert browser.post(PAGE, filled()).status_code == 403
    browser.force_login(make_user("nora", staff=True))
    assert browser.get(PAGE).status_code == 403


def test_a_change_names_who_made_it_and_is_refused_to_nobody() -> None:
    root = make_user("root", superuser=True)
    assert save_dial_policy(values={"calls_per_day": 9}, by=root).updated_by == root
    for by, values, code in (
        (None, {}, "policy.forbidden"), (make_user("eve"), {"is_enabled": True}, "policy.forbidden"),
        (root, {"is_admin": True}, "policy.wrong"), (root, {"countries": ["DE"]}, "policy.wrong"),
        (root, {"countries": ["XX"], "minute_prices": {"XX": 1}}, "policy.wrong"),
        (root, {"minute_prices": {"DE": 0}}, "policy.wrong"), (root, {"time_zone": "x"}, "policy.wrong"),
        (root, {"weekdays": [7]}, "policy.wrong"), (root, {"spend_per_day": Decimal(-1)}, "policy.wrong"),
        (root, {"minute_prices": []}, "policy.wrong"), (root, {"minutes_per_call": 9999}, "policy.wrong"),
    ):  # fmt: skip
        with pytest.raises(ActionError) as caught:
            save_dial_policy(values=values, by=by)
        assert caught.value.code == code
    assert DialPolicy.objects.get().calls_per_day == 9


def test_every_country_has_a_name() -> None:
    assert [code for code, name in country_names().items() if code == name] == []
    assert (country_name("XK"), country_name("??")) == ("Kosovo", "??")
    assert ("DE", "Germany (+49)") in country_choices()

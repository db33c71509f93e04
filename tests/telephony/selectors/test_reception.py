"""Who answers a number: hours by the clock on the wall, full lines, bots that are not there."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from bots.actions.claim_call import claim_call
from bots.actions.finish_call import finish_call
from bots.models import Bot
from telephony.models import CarrierAccount, PhoneNumber
from telephony.selectors.reception import answer_for, calls_of, is_open, number_called
from tests.bots.factories import make_bot
from tests.telephony.rows import NUMBER, make_account, make_leg, make_number

WORKDAYS = {"days": [0, 1, 2, 3, 4], "from": "09:00", "to": "17:00"}
NIGHT = {"days": [4], "from": "22:00", "to": "06:00"}
MONDAY = "2026-03-02"
BERLIN, NEW_YORK = "Europe/Berlin", "America/New_York"


def opens(hours: Any, when: str, zone: str = "UTC") -> bool:
    """Whether a number with these hours is open at a time of its own zone's clock."""
    at = datetime.fromisoformat(when)
    number = PhoneNumber(hours=hours, time_zone=zone)
    return is_open(number, at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone)))


@pytest.mark.parametrize(
    ("hours", "when", "expected"),
    [
        ([], f"{MONDAY}T03:00", True),
        ([WORKDAYS], f"{MONDAY}T08:59:59.999", False),
        ([WORKDAYS], f"{MONDAY}T09:00", True),
        ([WORKDAYS], f"{MONDAY}T16:59:59", True),
        ([WORKDAYS], f"{MONDAY}T17:00", False),
        ([WORKDAYS], "2026-03-07T12:00", False),
        ([{"days": [6], "from": "00:00", "to": "24:00"}], "2026-03-08T23:59:59.999999", True),
        ([{"days": [6], "from": "00:00", "to": "00:00"}], "2026-03-08T00:00", True),
        ([{"days": [6], "from": "00:00", "to": "24:00"}], f"{MONDAY}T00:00", False),
        ([{"days": [0], "from": "10:00", "to": "10:00"}], f"{MONDAY}T10:00", False),
        ([NIGHT], "2026-03-06T21:59", False),
        ([NIGHT], "2026-03-06T22:00", True),
        ([NIGHT], "2026-03-07T05:59", True),
        ([NIGHT], "2026-03-07T06:00", False),
        ([NIGHT], "2026-03-06T05:00", False),
        ([{"days": [6], "from": "23:00", "to": "01:00"}], f"{MONDAY}T00:30", True),
        ([WORKDAYS, NIGHT], "2026-03-06T23:00", True),
        ([{"days": [0], "from": "09:00", "to": "12:00"}, {"days": [0], "from": "13:00", "to": "17:00"}],
         f"{MONDAY}T12:30", False),
    ],
)  # fmt: skip
def test_hours_begin_on_their_minute_and_end_before_theirs(hours: Any, when: str, expected: bool) -> None:
    assert opens(hours, when) is expected


@pytest.mark.parametrize(
    ("when", "zone", "expected"),
    [
        # Clocks go forward in Berlin on 2026-03-29 at 2:00, back on 2026-10-25 at 3:00.
        ("2026-03-27T08:30+00:00", BERLIN, True),
        ("2026-03-27T07:59+00:00", BERLIN, False),
        ("2026-03-30T07:30+00:00", BERLIN, True),
        ("2026-03-30T06:59+00:00", BERLIN, False),
        ("2026-10-23T15:30+00:00", BERLIN, False),
        ("2026-10-26T15:30+00:00", BERLIN, True),
        # It is still Friday in New York.
        ("2026-03-07T01:00+00:00", NEW_YORK, False),
        ("2026-03-06T21:59+00:00", NEW_YORK, True),
    ],
)
def test_hours_are_those_of_the_wall_before_and_after_the_clocks_change(when: str, zone: str, expected: bool) -> None:
    assert opens([WORKDAYS], when, zone) is expected


def test_hours_in_the_hour_that_is_left_out_or_comes_twice() -> None:
    """2:30 does not exist in Berlin on 2026-03-29 and is there twice on 2026-10-25."""
    span = [{"days": [6], "from": "02:15", "to": "03:00"}]
    spring = [datetime(2026, 3, 29, hour, minute, tzinfo=UTC) for hour in (0, 1) for minute in range(60)]
    number = PhoneNumber(hours=span, time_zone=BERLIN)
    assert not any(is_open(number, at) for at in spring)
    autumn = [datetime(2026, 10, 25, hour, minute, tzinfo=UTC) for hour in (0, 1) for minute in range(60)]
    assert sum(is_open(number, at) for at in autumn) == 90


@pytest.mark.parametrize(
    ("hours", "zone"),
    [
        ([WORKDAYS], "Atlantis/Center"), ([WORKDAYS], "../../etc/passwd"), ([WORKDAYS], ""), ([{}], "UTC"),
        ("always", "UTC"), (5, "UTC"), ({"days": [0]}, "UTC"), ([None], "UTC"),
        ([{**WORKDAYS, "from": "nine"}], "UTC"), ([{**WORKDAYS, "to": "25:00"}], "UTC"),
        ([{**WORKDAYS, "from": 9}], "UTC"), ([{**WORKDAYS, "days": 3}], "UTC"),
        ([{**WORKDAYS, "from": "09:00+02:00"}], "UTC"),
    ],
)  # fmt: skip
def test_hours_that_cannot_be_read_keep_the_number_closed(hours: Any, zone: str) -> None:
    now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert not is_open(PhoneNumber(hours=hours, time_zone=zone), now)


# -- who answers -------------------------------------------------------------------------------------------------------


@pytest.fixture
def account(db: None) -> CarrierAccount:
    return make_account()


def answered(number: PhoneNumber) -> tuple[str, str, str]:
    found = answer_for(number_called(number.account_id, number.e164) or number, timezone.now())
    return (found.bot.slug if found.bot else "", found.message, found.why)


CLOSED = [{"days": [], "from": "00:00", "to": "24:00"}]


def test_the_bot_its_stand_in_a_message_or_nobody(account: CarrierAccount) -> None:
    desk, night = make_bot("desk"), make_bot("night")
    number = make_number(account, desk)
    assert answered(number) == ("desk", "", "")
    PhoneNumber.objects.update(hours=CLOSED)
    assert answered(number) == ("", "", "number.closed")
    PhoneNumber.objects.update(overflow_message="We are closed.")
    assert answered(number) == ("", "We are closed.", "number.closed")
    PhoneNumber.objects.update(overflow_bot=night)
    assert answered(number) == ("night", "", "number.closed")
    Bot.objects.filter(slug="night").update(is_archived=True)
    assert answered(number) == ("", "We are closed.", "number.closed")


@pytest.mark.parametrize("gone", ["unpublished", "archived", "none"])
def test_a_bot_that_cannot_answer_is_as_good_as_none(account: CarrierAccount, gone: str) -> None:
    bot = make_bot("desk", published=gone != "unpublished")
    if gone == "archived":
        Bot.objects.update(is_archived=True)
    number = make_number(account, None if gone == "none" else bot)
    assert answered(number) == ("", "", "number.no_bot")


def test_a_number_is_full_with_callers_and_not_with_what_is_left_of_them(account: CarrierAccount) -> None:
    """A leg whose end the carrier never told of, or that was handed on, keeps nobody out."""
    bot = make_bot()
    number = make_number(account, bot, max_calls=2)
    legs = [make_leg(account, bot, number=number, carrier_call_id=f"CA{place}") for place in range(2)]
    make_leg(account, bot, number=number, carrier_call_id="CA-out", direction="outbound")
    make_leg(account, bot, number=number, carrier_call_id="CA-over", status="completed")
    assert answered(number) == ("", "", "number.busy")
    assert legs[0].call_id is not None
    claim_call(legs[0].call_id)
    assert answered(number)[2] == "number.busy"
    finish_call(call_id=legs[0].call_id, reason="transferred")
    assert calls_of(number) == 1
    assert answered(number) == ("desk", "", "")


def test_only_the_account_s_own_numbers_that_take_calls_are_found(account: CarrierAccount) -> None:
    number = make_number(account, None)
    other = make_account("plivo")
    assert number_called(account.pk, NUMBER) == number
    assert number_called(other.pk, NUMBER) is None
    assert number_called(account.pk, "") is None
    PhoneNumber.objects.update(is_enabled=False)
    assert number_called(account.pk, NUMBER) is None

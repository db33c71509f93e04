"""Each rule of the dialling policy is looked at, and a policy that cannot be read allows nothing (S2, lessons T16)."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bots.actions.errors import ActionError
from bots.models import Bot
from telephony.models import BlockedNumber, CallLeg, DialPolicy, LegStatus, PhoneNumber
from telephony.selectors.dial_policy import current_policy, day_begins, is_open, next_opening, permit, rules
from telephony.selectors.e164 import Destination
from telephony.selectors.spend import minute_price
from tests.bots.factories import make_bot
from tests.telephony.dialling import THEIRS, make_number, make_policy

pytestmark = pytest.mark.django_db
TO = Destination(THEIRS, "DE")
NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)  # a Wednesday


def refused(policy: DialPolicy, number: PhoneNumber, to: Destination = TO, now: datetime = NOW, **more: Any) -> str:
    """The code with which the call is refused, empty when it is not; the rule that is not kept is the same one."""
    bot: Bot | None = more.get("bot", number.bot)
    broken = [rule.code for rule in rules(policy, number, to, bot, now) if not rule.ok]
    try:
        permit(policy=policy, number=number, to=to, bot=bot, now=now)
    except ActionError as error:
        assert error.code == broken[0]
        assert error.message
        assert error.next_step
        return error.code
    assert not broken
    return ""


def leg(number: PhoneNumber, status: LegStatus = LegStatus.COMPLETED, **values: Any) -> CallLeg:
    fields: dict[str, Any] = {
        "direction": "outbound",
        "created_at": NOW,
        "to_number": "+498911",
        "reserved": 0,
        **values,
    }
    return CallLeg.objects.create(account=number.account, number=number, status=status, **fields)


def test_a_call_within_all_rules_is_permitted_with_its_price() -> None:
    found = permit(policy=make_policy(), number=make_number(), to=TO, bot=Bot.objects.first(), now=NOW)
    assert (found.reserve, found.price, found.minutes) == (Decimal("0.2000"), Decimal("0.0200"), 10)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"is_enabled": False}, "dial.off"),
        ({"countries": []}, "dial.country"),
        ({"countries": ["AT"]}, "dial.country"),
        ({"countries": "DE"}, "dial.country"),
        ({"countries": None}, "dial.country"),
        ({"minute_prices": {}}, "dial.unknown_price"),
        ({"minute_prices": {"DE": None}}, "dial.unknown_price"),
        ({"minute_prices": {"DE": 0}}, "dial.unknown_price"),
        ({"minute_prices": {"DE": "0.00"}}, "dial.unknown_price"),
        ({"minute_prices": {"DE": -0.02}}, "dial.unknown_price"),
        ({"minute_prices": {"DE": "cheap"}}, "dial.unknown_price"),
        ({"minute_prices": {"DE": "NaN"}}, "dial.unknown_price"),
        ({"minute_prices": {"DE": "1e99"}}, "dial.unknown_price"),
        ({"minute_prices": {"DE": True}}, "dial.unknown_price"),
        ({"minute_prices": ["DE"]}, "dial.unknown_price"),
        ({"time_zone": "Nowhere/Land"}, "dial.time_zone"),
        ({"time_zone": "../../etc/passwd"}, "dial.time_zone"),
        ({"weekdays": [0, 1]}, "dial.hours"),
        ({"weekdays": "2"}, "dial.hours"),
        ({"begins": time(13), "ends": time(20)}, "dial.hours"),
        ({"begins": time(9), "ends": time(12)}, "dial.hours"),
        ({"begins": time(20), "ends": time(9)}, "dial.hours"),
        ({"max_calls": 0}, "dial.busy"),
        ({"calls_per_day": 0}, "dial.day"),
        ({"calls_per_destination": 0}, "dial.destination"),
        ({"spend_per_day": Decimal("0.19")}, "dial.spend"),
        ({"minutes_per_call": 0}, "dial.spend"),
        ({"minutes_per_call": 10**6, "spend_per_day": Decimal(99999999)}, "dial.spend"),
    ],
)
def test_a_rule_that_is_not_kept_refuses(change: dict[str, Any], code: str) -> None:
    policy = make_policy()
    for name, value in change.items():
        setattr(policy, name, value)
    assert refused(policy, make_number()) == code


def test_numbers_and_bots_must_be_ready() -> None:
    policy, number = make_policy(), make_number()
    assert refused(policy, number) == ""
    assert refused(policy, number, bot=None) == "bot.unpublished"
    assert refused(policy, number, bot=make_bot("draft", published=False)) == "bot.unpublished"
    number.account.is_enabled = False
    assert refused(policy, number) == "dial.number"
    number.account.is_enabled, number.may_dial_out = True, False
    assert refused(policy, number) == "dial.number"


def test_numbers_that_must_not_be_called_are_not() -> None:
    BlockedNumber.objects.create(e164=THEIRS)
    assert refused(make_policy(), make_number()) == "dial.blocked"


def test_running_calls_and_those_of_today_count_and_refused_ones_do_not() -> None:
    number = make_number()
    policy = make_policy(max_calls=2, calls_per_day=4, calls_per_destination=2)
    for _ in range(9):
        leg(number, LegStatus.REFUSED, to_number=THEIRS)
    leg(number, LegStatus.ANSWERED)
    assert refused(policy, number) == ""
    second = leg(number, LegStatus.CREATED)
    assert refused(policy, number) == "dial.busy"
    CallLeg.objects.filter(pk=second.pk).update(status=LegStatus.FAILED)
    leg(number, to_number=THEIRS)
    assert refused(policy, number) == ""
    last = leg(number, to_number=THEIRS)
    assert refused(policy, number) == "dial.day"
    policy.calls_per_day = 9
    assert refused(policy, number) == "dial.destination"
    assert refused(policy, number, Destination("+493011", "DE")) == ""
    CallLeg.objects.filter(pk=last.pk).update(created_at=NOW - timedelta(days=1))
    assert refused(policy, number) == ""


def test_the_days_money_is_the_policys_day_and_inbound_calls_cost_nothing_of_it() -> None:
    """A day of Kiritimati began at ten of the day before in UTC."""
    number, policy = make_number(), make_policy(spend_per_day=Decimal("1.00"), time_zone="Pacific/Kiritimati")
    assert day_begins(policy, NOW) == datetime(2026, 3, 5, tzinfo=ZoneInfo("Pacific/Kiritimati"))
    leg(number, reserved=Decimal(5), created_at=datetime(2026, 3, 4, 9, 59, tzinfo=UTC))
    leg(number, reserved=Decimal(5), direction="inbound")
    assert refused(policy, number) == ""
    leg(number, reserved=Decimal("0.80"), created_at=datetime(2026, 3, 4, 10, 0, tzinfo=UTC))
    assert refused(policy, number) == ""
    leg(number, reserved=Decimal("0.0001"))
    assert refused(policy, number) == "dial.spend"


def test_hours_are_of_the_policys_zone_also_when_clocks_change() -> None:
    policy = make_policy(time_zone="Europe/Berlin", begins=time(9), ends=time(20), weekdays=[6])
    assert not is_open(policy, datetime(2026, 3, 29, 6, 59, tzinfo=UTC))  # summer time since an hour: 8:59
    assert is_open(policy, datetime(2026, 3, 29, 7, 0, tzinfo=UTC))
    assert not is_open(policy, datetime(2026, 3, 22, 7, 59, tzinfo=UTC))
    assert is_open(policy, datetime(2026, 3, 22, 8, 0, tzinfo=UTC))
    assert not is_open(policy, datetime(2026, 3, 29, 18, 0, tzinfo=UTC))
    assert next_opening(policy, NOW) == datetime(2026, 3, 8, 9, 0, tzinfo=ZoneInfo("Europe/Berlin"))
    policy.weekdays = "x"
    assert next_opening(policy, NOW) is None


def test_without_a_row_dialling_is_off() -> None:
    assert not current_policy().is_enabled
    assert minute_price(current_policy(), "DE") is None


def test_a_price_is_rounded_against_us() -> None:
    assert minute_price(make_policy(minute_prices={"DE": "0.00001"}), "DE") == Decimal("0.0001")

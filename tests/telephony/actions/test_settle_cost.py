"""What calls have cost: the carrier's word, else minutes times price; nothing is free because it is unknown (T16)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bots.models import Bot
from telephony.actions.record_status import record_status
from telephony.actions.settle_cost import settle_cost
from telephony.carriers.base import StatusReport
from telephony.models import CallLeg, DialPolicy, LegStatus, PhoneNumber
from telephony.selectors.dial_policy import day_begins, rules
from telephony.selectors.e164 import Destination
from telephony.selectors.spend import money, spent_since
from tests.telephony.dialling import THEIRS, make_number, make_policy

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
PRICE = Decimal("0.0200")


def leg_of(number: PhoneNumber, **values: Any) -> CallLeg:
    fields: dict[str, Any] = {
        "direction": "outbound", "created_at": NOW, "to_number": THEIRS, "country": "DE", "status": LegStatus.QUEUED,
        "carrier_call_id": f"CA{CallLeg.objects.count()}", "max_duration_s": 595, "reserved": Decimal("0.2"),
        "minute_price": PRICE, "currency": "USD", **values,
    }  # fmt: skip
    return CallLeg.objects.create(account=number.account, number=number, **fields)


def settled(leg: CallLeg, *reports: StatusReport) -> tuple[Decimal | None, bool, str, Decimal]:
    for report in reports:
        record_status(leg.pk, report)
    leg.refresh_from_db()
    return leg.cost, leg.cost_is_estimated, leg.currency, leg.reserved


def done(status: LegStatus = LegStatus.COMPLETED, **values: Any) -> StatusReport:
    return StatusReport("CA0", status, **{"at": NOW + timedelta(seconds=90), **values})


ANSWERED = StatusReport("CA0", LegStatus.ANSWERED, at=NOW)
FREE_SO_FAR = replace(ANSWERED, cost=Decimal(0), currency="USD")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("reports", "cost", "estimated", "currency", "counts"),
    [
        ([ANSWERED, done(duration_s=61.0)], "0.04", True, "USD", "0.04"),
        ([ANSWERED, done(duration_s=60.0)], "0.02", True, "USD", "0.02"),
        ([ANSWERED, done(duration_s=0.0)], "0.02", True, "USD", "0.02"),
        ([ANSWERED, done()], "0.04", True, "USD", "0.04"),
        ([done(duration_s=601.0)], "0.22", True, "USD", "0.22"),
        ([done()], "0.02", True, "USD", "0.02"),
        ([done(LegStatus.BUSY)], "0", True, "USD", "0"),
        ([done(LegStatus.NO_ANSWER)], "0", True, "USD", "0"),
        ([done(LegStatus.CANCELLED)], "0", True, "USD", "0"),
        ([done(LegStatus.FAILED)], "0", True, "USD", "0"),
        ([done(LegStatus.FAILED, cause="unknown")], "0.02", True, "USD", "0.02"),
        ([ANSWERED, done(LegStatus.FAILED)], "0.04", True, "USD", "0.04"),
        ([ANSWERED, done(duration_s=61.0, cost=Decimal("0.013"), currency="USD")], "0.013", False, "USD", "0.013"),
        ([ANSWERED, done(duration_s=61.0, cost=Decimal("0.5"), currency="USD")], "0.5", False, "USD", "0.5"),
        ([ANSWERED, done(duration_s=61.0, cost=Decimal(3), currency="INR")], "3", False, "INR", "0.04"),
        ([ANSWERED, done(duration_s=61.0, cost=Decimal(3))], "3", False, "", "3"),
        ([ANSWERED, done(duration_s=61.0, cost=Decimal("0.01"))], "0.01", False, "", "0.04"),
        ([ANSWERED, FREE_SO_FAR, done(duration_s=61.0)], "0.04", True, "USD", "0.04"),
        ([done(LegStatus.BUSY, cost=Decimal("0.001"), currency="USD")], "0.001", False, "USD", "0.001"),
    ],
)
def test_a_call_that_is_over_costs(
    reports: list[StatusReport], cost: str, estimated: bool, currency: str, counts: str
) -> None:
    make_policy()
    leg = leg_of(make_number())
    assert settled(leg, *reports) == (Decimal(cost), estimated, currency, Decimal(counts))
    assert settled(leg, *reports) == (Decimal(cost), estimated, currency, Decimal(counts))


@pytest.mark.django_db
def test_a_call_that_runs_keeps_its_reservation() -> None:
    make_policy()
    leg = leg_of(make_number())
    assert settled(leg, ANSWERED) == (None, False, "USD", Decimal("0.2"))


@pytest.mark.django_db
def test_the_carriers_later_word_replaces_the_estimate_in_whatever_order_facts_come() -> None:
    make_policy()
    number = make_number()
    told = done(cost=Decimal("0.013"), currency="USD")
    facts = [ANSWERED, done(duration_s=125.0), told, done()]
    ends = set()
    for order in permutations(facts):
        ends.add(settled(leg_of(number), *order))
    assert ends == {(Decimal("0.013"), False, "USD", Decimal("0.013"))}


@pytest.mark.django_db
def test_a_call_in_has_the_cost_that_the_carrier_told_and_none_of_ours() -> None:
    make_policy()
    leg = leg_of(make_number(), direction="inbound", reserved=0, minute_price=None, currency="")
    assert settled(leg, ANSWERED, done(duration_s=61.0)) == (None, False, "", 0)
    assert settled(leg, done(cost=Decimal("0.0085"), currency="USD")) == (Decimal("0.0085"), False, "USD", 0)


@pytest.mark.django_db
def test_without_a_price_what_was_set_aside_goes_on_counting() -> None:
    leg = leg_of(make_number(), minute_price=None, status=LegStatus.COMPLETED)
    assert settle_cost(leg) == set()
    assert (leg.cost, leg.reserved) == (None, Decimal("0.2"))


EVENTS = st.lists(
    st.tuples(
        st.integers(0, 3),  # how many calls are placed at this moment
        st.integers(0, 700),  # how long the call that ends now would have talked, seconds
        st.sampled_from(["carrier", "silent", "busy"]),
        st.integers(0, 5),  # which of the running calls ends
    ),
    min_size=1, max_size=40,
)  # fmt: skip


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=EVENTS, cap=st.integers(1, 300), minutes=st.integers(1, 10))
def test_the_days_spend_never_exceeds_the_cap_by_more_than_one_calls_minimum(
    events: list[tuple[int, int, str, int]], cap: int, minutes: int
) -> None:
    """Random calls side by side; carriers count started minutes and hang up at the limit, up to four seconds late."""
    CallLeg.objects.all().delete()
    number = PhoneNumber.objects.first() or make_number()
    policy = make_policy(spend_per_day=Decimal(cap) / 100, minutes_per_call=minutes)
    running: list[CallLeg] = []
    bill = Decimal(0)
    longest = minutes * 60 - 5
    for count, talked, end, which in events:
        for _ in range(count):
            if may_call(policy, number):
                running.append(leg_of(number, reserved=money(PRICE, minutes), max_duration_s=longest))
        if running:
            leg = running.pop(which % len(running))
            bill += finish(leg, end, min(talked, longest + 4))
        assert spent_since(day_begins(policy, NOW)) <= policy.spend_per_day
        assert bill <= policy.spend_per_day + PRICE
    for leg in running:
        bill += finish(leg, "silent", longest)
    assert bill <= policy.spend_per_day + PRICE
    assert spent_since(day_begins(policy, NOW)) == bill


def may_call(policy: DialPolicy, number: PhoneNumber) -> bool:
    to, bot = Destination(THEIRS, "DE"), Bot.objects.select_related("live_version").get(pk=number.bot_id)
    return all(rule.ok for rule in rules(policy, number, to, bot, NOW))


def finish(leg: CallLeg, end: str, seconds: int) -> Decimal:
    """End the call and return what the carrier will ask for it."""
    if end == "busy":
        record_status(leg.pk, done(LegStatus.BUSY))
        return Decimal(0)
    record_status(leg.pk, ANSWERED)
    due = money(PRICE, max(1, -(-seconds // 60)))
    report = done(duration_s=float(seconds))
    if end == "carrier":
        report = done(duration_s=float(seconds), cost=due, currency="USD")
    record_status(leg.pk, report)
    return due

"""What carriers tell in any order, any number of times: one state, one set of facts, one end of the call."""

from __future__ import annotations

import itertools
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from bots.actions.claim_call import claim_call
from bots.models import Call
from telephony.actions.record_status import record_status
from telephony.carriers.base import StatusReport
from telephony.models import AnsweredBy, CallLeg, LegStatus
from tests.bots.factories import make_bot
from tests.telephony.rows import make_account, make_leg

pytestmark = pytest.mark.django_db
BEGAN = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
DUPLICATES = 3
FACTS = (
    "status", "ringing_at", "answered_at", "ended_at", "duration_s", "end_cause", "answered_by", "cost", "currency",
    "cost_is_estimated",
)  # fmt: skip


def at(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


SIX = (
    StatusReport("CA1", LegStatus.QUEUED, sequence=0, at=at(0)),
    StatusReport("CA1", LegStatus.RINGING, sequence=1, at=at(2)),
    StatusReport("CA1", LegStatus.ANSWERED, sequence=2, at=at(9)),
    StatusReport("CA1", LegStatus.ANSWERED, answered_by=AnsweredBy.MACHINE),
    StatusReport("CA1", LegStatus.COMPLETED, sequence=3, at=at(40), duration_s=31.0, cause="16"),
    StatusReport("CA1", LegStatus.COMPLETED, at=at(40), cost=Decimal("0.02"), currency="USD"),
)


def with_copies(reports: tuple[StatusReport, ...], chance: random.Random) -> list[StatusReport]:
    """The reports in their order, and copies of some at any later place."""
    told = list(reports)
    for _ in range(DUPLICATES):
        place = chance.randrange(len(told))
        told.insert(chance.randint(place + 1, len(told)), told[place])
    return told


@pytest.fixture
def leg() -> CallLeg:
    return make_leg(make_account(), make_bot(), created_at=BEGAN)


def begin_anew(leg: CallLeg) -> None:
    fresh = {
        "status": LegStatus.CREATED, "ringing_at": None, "answered_at": None, "ended_at": None, "duration_s": None,
        "end_cause": "", "answered_by": AnsweredBy.UNKNOWN, "cost": None, "currency": "", "cost_is_estimated": False,
        "reserved": Decimal("0.5"), "minute_price": Decimal("0.01"),
    }  # fmt: skip
    CallLeg.objects.filter(pk=leg.pk).update(**fresh)
    Call.objects.filter(pk=leg.call_id).update(
        status="created", end_reason="", ended_at=None, duration_s=None, end_owner="", end_sentence=""
    )


def facts_of(leg: CallLeg) -> tuple[Any, ...]:
    leg.refresh_from_db()
    call = Call.objects.get(pk=leg.call_id)
    return (*(getattr(leg, name) for name in FACTS), call.status, call.end_reason)


@pytest.mark.heavy
@pytest.mark.parametrize("direction", ["inbound", "outbound"])
def test_every_order_of_six_messages_with_copies_ends_the_same(leg: CallLeg, direction: str) -> None:
    """Reliability T4: 720 orders of a call that a machine took, each with three copies somewhere."""
    CallLeg.objects.filter(pk=leg.pk).update(direction=direction)
    chance = random.Random(direction)
    ends: dict[tuple[Any, ...], int] = {}
    orders = 0
    for order in itertools.permutations(SIX):
        begin_anew(leg)
        for report in with_copies(order, chance):
            record_status(leg.pk, report)
        end = facts_of(leg)
        ends[end] = ends.get(end, 0) + 1
        orders += 1
    assert orders == 720
    assert list(ends) == [
        ("completed", at(2), at(9), at(40), 31.0, "16", "machine", Decimal("0.02"), "USD", False, "ended",
         "caller_hung_up")
    ]  # fmt: skip


@pytest.mark.parametrize("final", ["busy", "no_answer", "failed", "cancelled"])
def test_every_order_of_a_call_that_was_not_taken_ends_the_same(leg: CallLeg, final: str) -> None:
    """Reliability T4, T9: queued, ringing, the end and a copy of each."""
    reasons = {"busy": "not_answered", "no_answer": "not_answered", "failed": "not_connected", "cancelled": "cancelled"}
    told = (SIX[0], SIX[1], StatusReport("CA1", LegStatus(final), at=at(20), cause="17"))
    ends = set()
    for order in set(itertools.permutations((*told, *told[1:]))):
        begin_anew(leg)
        for report in order:
            record_status(leg.pk, report)
        ends.add(facts_of(leg)[:6] + facts_of(leg)[-1:])
    assert ends == {(final, at(2), None, at(20), None, "17", reasons[final])}


def test_the_first_end_stays(leg: CallLeg) -> None:
    assert record_status(leg.pk, StatusReport("CA1", LegStatus.BUSY, at=at(5)))
    assert not record_status(leg.pk, StatusReport("CA1", LegStatus.RINGING))
    record_status(leg.pk, StatusReport("CA1", LegStatus.COMPLETED, at=at(9), duration_s=4.0))
    leg.refresh_from_db()
    assert (leg.status, leg.ended_at, leg.duration_s) == ("busy", at(5), 4.0)


def test_a_copy_tells_nothing_new(leg: CallLeg) -> None:
    """Reliability T3."""
    assert [record_status(leg.pk, SIX[4]) for _ in range(3)] == [True, False, False]


def test_a_state_without_a_time_has_the_time_at_which_it_was_told(leg: CallLeg) -> None:
    CallLeg.objects.filter(pk=leg.pk).update(created_at=timezone.now(), ringing_at=None)
    before = timezone.now()
    record_status(leg.pk, StatusReport("CA1", LegStatus.ANSWERED))
    record_status(leg.pk, StatusReport("CA1", LegStatus.COMPLETED))
    leg.refresh_from_db()
    assert leg.ringing_at is None
    assert leg.answered_at is not None
    assert leg.ended_at is not None
    assert before <= leg.answered_at <= leg.ended_at <= timezone.now()


def test_a_time_that_cannot_be_the_call_s_is_not_believed(leg: CallLeg) -> None:
    """A carrier that tells local times without a zone."""
    record_status(leg.pk, StatusReport("CA1", LegStatus.COMPLETED, at=BEGAN - timedelta(hours=7)))
    leg.refresh_from_db()
    assert leg.ended_at is not None
    assert leg.ended_at > BEGAN


def test_a_call_that_a_process_runs_is_left_to_it(leg: CallLeg) -> None:
    """Reliability T4: its pipeline knows better how the call ended."""
    assert leg.call_id is not None
    claim_call(leg.call_id)
    record_status(leg.pk, SIX[4])
    assert Call.objects.get(pk=leg.call_id).status == "connecting"
    leg.refresh_from_db()
    assert leg.status == "completed"

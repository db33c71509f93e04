"""Calls of which nothing is heard any more are asked about, and are over within five minutes (reliability T5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from bots.actions.claim_call import claim_call
from bots.actions.finish_call import finish_call
from bots.actions.reap_calls import reap_calls
from bots.models import Call, UnreadableCredential
from telephony.actions.reconcile_legs import AT_ONCE, legs_in_doubt, reconcile_legs
from telephony.carriers.base import StatusReport
from telephony.carriers.errors import CarrierBusy, CarrierKeysWrong, CarrierUnreachable
from telephony.carriers.rest import NotThere
from telephony.models import CallLeg, LegStatus
from tests.bots.factories import make_bot
from tests.telephony.rows import make_account, make_leg

pytestmark = pytest.mark.django_db
BEGAN = datetime(2026, 3, 1, 12, tzinfo=UTC)
ROUND = timedelta(seconds=30)


def after(seconds: float) -> datetime:
    return BEGAN + timedelta(seconds=seconds)


@dataclass
class Carrier:
    """An interface that answers with a state, or fails; it writes down when it was asked about what."""

    answer: LegStatus | Exception
    now: datetime = BEGAN
    asked: list[tuple[str, datetime]] = field(default_factory=list)
    hung_up: list[str] = field(default_factory=list)
    hang_up_fails: Exception | None = None
    open: int = 0

    def api(self, account: Any) -> Carrier:
        if isinstance(self.answer, UnreadableCredential):
            raise self.answer
        self.open += 1
        return self

    async def status(self, carrier_call_id: str) -> StatusReport:
        self.asked.append((carrier_call_id, self.now))
        if isinstance(self.answer, Exception):
            raise self.answer
        return StatusReport(carrier_call_id, self.answer, duration_s=3.0)

    async def hang_up(self, carrier_call_id: str) -> None:
        self.hung_up.append(carrier_call_id)
        if self.hang_up_fails is not None:
            raise self.hang_up_fails

    async def aclose(self) -> None:
        self.open -= 1

    def rounds(self, until: float, began: datetime = BEGAN) -> Iterator[float]:
        """Live through the job's rounds; yields the seconds at which legs became final."""
        while (self.now - began).total_seconds() <= until:
            if reconcile_legs(self.now, self.api):
                yield (self.now - began).total_seconds()
            self.now += ROUND


@pytest.fixture
def leg() -> CallLeg:
    """It rings, and nothing came after that."""
    leg = make_leg(make_account(), make_bot(), created_at=BEGAN)
    Call.objects.filter(pk=leg.call_id).update(created_at=BEGAN, lease_until=None)
    return leg


def end_ours(leg: CallLeg, reason: str = "bot_ended", at: datetime = BEGAN) -> None:
    assert leg.call_id is not None
    claim_call(leg.call_id)
    finish_call(call_id=leg.call_id, reason=reason, duration_s=1.0, ended_at=at)
    CallLeg.objects.filter(pk=leg.pk).update(token_used_at=BEGAN, status=LegStatus.ANSWERED)


def state(leg: CallLeg) -> tuple[str, str]:
    leg.refresh_from_db()
    return str(leg.status), leg.end_cause


def final_call(leg: CallLeg) -> tuple[str, str]:
    call = Call.objects.get(pk=leg.call_id)
    return call.status, call.end_reason


@pytest.mark.parametrize(
    ("answer", "expected", "call"),
    [
        (LegStatus.COMPLETED, ("completed", ""), ("ended", "caller_hung_up")),
        (LegStatus.BUSY, ("busy", ""), ("ended", "not_answered")),
        (LegStatus.FAILED, ("failed", ""), ("failed", "not_connected")),
        (NotThere("It is not there."), ("failed", "not_there"), ("failed", "not_connected")),
    ],
)
def test_a_call_that_never_connected_is_asked_about_after_a_minute_and_a_half(
    leg: CallLeg, answer: Any, expected: tuple[str, str], call: tuple[str, str]
) -> None:
    carrier = Carrier(answer)
    assert list(carrier.rounds(600)) == [120.0]
    assert carrier.asked == [("CA1", after(120))]
    assert (state(leg), final_call(leg)) == (expected, call)
    assert carrier.open == 0


def test_a_call_that_rings_is_not_asked_about(leg: CallLeg) -> None:
    """An outbound call rings for half a minute, and where a network is slow for a whole one."""
    CallLeg.objects.update(direction="outbound")
    assert legs_in_doubt(after(90)) == []
    assert [found.pk for found in legs_in_doubt(after(91))] == [leg.pk]


def test_a_call_that_runs_is_not_asked_about(leg: CallLeg) -> None:
    assert leg.call_id is not None
    claim_call(leg.call_id)
    CallLeg.objects.update(token_used_at=BEGAN, status=LegStatus.ANSWERED)
    assert legs_in_doubt(after(3600)) == []


def test_a_call_that_is_over_here_for_a_minute_is_asked_about(leg: CallLeg) -> None:
    end_ours(leg)
    assert legs_in_doubt(after(60)) == []
    carrier = Carrier(LegStatus.COMPLETED)
    assert list(carrier.rounds(600)) == [90.0]
    assert state(leg) == ("completed", "")
    assert final_call(leg) == ("ended", "bot_ended")
    assert carrier.hung_up == []


@pytest.mark.parametrize("hang_up_fails", [None, CarrierUnreachable("No answer.", retryable=True)])
def test_a_call_that_was_left_behind_at_the_carrier_is_hung_up_again_until_it_is_over(
    leg: CallLeg, hang_up_fails: Exception | None
) -> None:
    """TEL-07, always: a hang-up that was lost costs money until somebody notices."""
    end_ours(leg)
    carrier = Carrier(LegStatus.ANSWERED, hang_up_fails=hang_up_fails)
    assert list(carrier.rounds(200)) == []
    assert carrier.hung_up == ["CA1", "CA1"]
    carrier.answer = LegStatus.COMPLETED
    assert len(list(carrier.rounds(400))) == 1
    assert carrier.open == 0


def test_a_call_that_was_handed_on_goes_on_as_long_as_the_carrier_says(leg: CallLeg) -> None:
    """TEL-23."""
    end_ours(leg, reason="transferred")
    carrier = Carrier(LegStatus.ANSWERED)
    assert list(carrier.rounds(1800)) == []
    assert carrier.hung_up == []
    assert state(leg) == ("answered", "")


def test_somebody_who_was_dialled_for_a_caller_is_asked_about_with_the_caller_only(leg: CallLeg) -> None:
    """TEL-23: a conversation that was handed on may be long, and is nobody's to hang up."""
    end_ours(leg, reason="max_duration")
    dialled = CallLeg.objects.create(
        parent=leg, account=leg.account, direction="outbound", status=LegStatus.QUEUED, created_at=BEGAN,
        ringing_at=BEGAN,
    )  # fmt: skip
    carrier = Carrier(LegStatus.ANSWERED)
    assert list(carrier.rounds(1800)) == []
    assert {call for call, _ in carrier.asked} == {"CA1"}
    assert carrier.hung_up == []
    carrier.answer = LegStatus.COMPLETED
    assert len(list(carrier.rounds(2000))) == 1
    dialled.refresh_from_db()
    assert dialled.is_final


def test_a_stream_that_may_begin_is_waited_for(leg: CallLeg) -> None:
    """A caller who comes back from a transfer has a new token."""
    CallLeg.objects.update(token_expires_at=after(1000))
    assert legs_in_doubt(after(999)) == []
    assert len(legs_in_doubt(after(1001))) == 1


@pytest.mark.parametrize(
    "failure",
    [
        CarrierUnreachable("No answer.", retryable=True), CarrierBusy("Too many."), CarrierKeysWrong("Wrong."),
        UnreadableCredential("No key opens it."),
    ],
)  # fmt: skip
@pytest.mark.parametrize("connected", [True, False])
def test_a_carrier_that_cannot_be_asked_keeps_no_call_open_for_more_than_five_minutes(
    leg: CallLeg, failure: Exception, connected: bool
) -> None:
    if connected:
        end_ours(leg)
    carrier = Carrier(failure)
    (closed,) = carrier.rounds(900)
    assert 210 <= closed <= 300
    assert state(leg) == ("failed", "unknown")
    assert final_call(leg) == (("ended", "bot_ended") if connected else ("failed", "not_connected"))
    assert carrier.open == 0


def test_a_carrier_that_comes_back_is_believed(leg: CallLeg) -> None:
    carrier = Carrier(CarrierUnreachable("No answer.", retryable=True))
    assert list(carrier.rounds(150)) == []
    carrier.answer = LegStatus.NO_ANSWER
    assert list(carrier.rounds(300)) == [180.0]
    assert state(leg) == ("no_answer", "")


def test_one_question_without_an_answer_ends_nothing(leg: CallLeg) -> None:
    """A carrier that fails for a moment, long after our part is over, has not said that theirs is."""
    end_ours(leg)
    carrier = Carrier(LegStatus.ANSWERED)
    assert list(carrier.rounds(600)) == []
    carrier.answer = CarrierUnreachable("No answer.", retryable=True)
    assert list(carrier.rounds(690)) == []
    leg.refresh_from_db()
    assert leg.silent_since is not None
    carrier.answer = LegStatus.ANSWERED
    assert list(carrier.rounds(780)) == []
    leg.refresh_from_db()
    assert leg.silent_since is None
    carrier.answer = CarrierUnreachable("No answer.", retryable=True)
    assert list(carrier.rounds(1080)) == [930.0]
    assert state(leg) == ("failed", "unknown")


def test_a_silent_carrier_does_not_end_a_talk_with_somebody_who_was_dialled(leg: CallLeg) -> None:
    """S2: the longest talk that was paid for is over first; half a minute is for ringing."""
    end_ours(leg, "transferred")
    part = CallLeg.objects.create(
        parent=leg, account=leg.account, direction="outbound", status=LegStatus.QUEUED, created_at=BEGAN,
        ringing_at=BEGAN, max_duration_s=595,
    )  # fmt: skip
    carrier = Carrier(CarrierUnreachable("No answer.", retryable=True))
    assert list(carrier.rounds(900)) == [630.0]
    part.refresh_from_db()
    assert (part.status, part.duration_s) == ("completed", pytest.approx(part.duration_s))


@pytest.mark.parametrize("reason", ["max_duration", "bot_ended"])
def test_a_person_who_was_never_dialled_does_not_keep_a_call_alive(leg: CallLeg, reason: str) -> None:
    """The carrier refused the transfer: nobody took the caller over, so the call that goes on is hung up (TEL-07)."""
    end_ours(leg, reason)
    CallLeg.objects.create(
        parent=leg, account=leg.account, direction="outbound", status=LegStatus.CREATED, created_at=BEGAN
    )
    carrier = Carrier(LegStatus.ANSWERED)
    assert list(carrier.rounds(200)) == []
    assert carrier.hung_up == ["CA1", "CA1"]


def test_many_long_talks_do_not_keep_a_call_from_being_asked_about(leg: CallLeg) -> None:
    account, bot = leg.account, leg.call.bot if leg.call else make_bot()
    for place in range(2 * AT_ONCE + 5):
        end_ours(make_leg(account, bot, carrier_call_id=f"CB{place}", created_at=BEGAN), "transferred")
    end_ours(leg)
    CallLeg.objects.filter(pk=leg.pk).update(created_at=after(10))
    carrier = Carrier(LegStatus.ANSWERED, now=after(90))
    assert list(carrier.rounds(300)) == []
    assert "CA1" in carrier.hung_up


def test_nothing_is_asked_twice_a_minute(leg: CallLeg) -> None:
    CallLeg.objects.update(direction="outbound")
    carrier = Carrier(LegStatus.RINGING)
    assert list(carrier.rounds(600)) == []
    times = [at for _, at in carrier.asked]
    assert len(times) == 9
    assert all(later - earlier >= timedelta(seconds=60) for earlier, later in pairwise(times))


def test_a_call_whose_id_the_carrier_never_told_is_closed_unasked(leg: CallLeg) -> None:
    CallLeg.objects.update(carrier_call_id="", direction="outbound", status=LegStatus.CREATED)
    carrier = Carrier(LegStatus.COMPLETED)
    (closed,) = carrier.rounds(900)
    assert closed <= 300
    assert carrier.asked == []
    assert state(leg) == ("failed", "unknown")


def test_the_call_s_row_is_final_before_its_leg_when_nobody_ever_connected(leg: CallLeg) -> None:
    """The reaper does not wait for the carrier."""
    reap_calls(after(61))
    assert final_call(leg) == ("ended", "cancelled")
    carrier = Carrier(LegStatus.COMPLETED)
    assert len(list(carrier.rounds(300))) == 1
    assert final_call(leg) == ("ended", "cancelled")


def test_one_failure_keeps_nobody_else_waiting_and_a_round_has_an_end(leg: CallLeg) -> None:
    account, bot = leg.account, leg.call.bot if leg.call else make_bot()
    for place in range(AT_ONCE + 5):
        make_leg(account, bot, carrier_call_id=f"CB{place}", created_at=BEGAN)
    carrier = Carrier(LegStatus.COMPLETED, now=after(200))
    assert reconcile_legs(carrier.now, carrier.api) == AT_ONCE
    carrier.now += ROUND
    assert reconcile_legs(carrier.now, carrier.api) == 6
    assert carrier.open == 0


def test_the_job_is_scheduled_twice_a_minute_with_and_without_workers() -> None:
    """The embedded worker's schedule is the same as that of Celery's beat."""
    (entry,) = [
        entry for entry in settings.CELERY_BEAT_SCHEDULE.values() if entry["task"] == "telephony.reconcile_legs"
    ]
    assert entry["schedule"] == 30.0
    assert entry["options"]["expires"] < 30.0


def test_the_queued_job_does_it(leg: CallLeg, interface: Any) -> None:
    from telephony.tasks import ask_about_quiet_legs

    now = timezone.now()
    CallLeg.objects.update(created_at=now - timedelta(seconds=100))
    interface.answers["/Calls/CA1.json"] = (200, {"status": "no-answer", "sid": "CA1"})
    ask_about_quiet_legs()
    assert state(leg) == ("no_answer", "")
    assert interface.open == 0

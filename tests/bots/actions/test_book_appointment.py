"""Appointments: what is free, what can be booked, and never twice."""

from __future__ import annotations

import threading
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from bots.actions.book_appointment import book_appointment
from bots.actions.errors import ActionError
from bots.models import Appointment, Bot
from bots.selectors.appointments import HORIZON_DAYS, free_times, is_bookable, opening_times, starts_at
from tests.bots.factories import make_bot

pytestmark = pytest.mark.django_db


def workday(after: int = 7) -> date:
    """A weekday at least so many days ahead."""
    day = timezone.localdate() + timedelta(days=after)
    while day.weekday() >= 5:
        day += timedelta(days=1)
    return day


@pytest.fixture
def bot(db: None) -> Bot:
    return make_bot()


def refused(bot: Bot, day: date, at: time) -> str:
    with pytest.raises(ActionError) as caught:
        book_appointment(bot=bot, day=day, at=at, name="Ann")
    return caught.value.code


def test_a_desk_is_open_from_nine_to_five_but_for_lunch_and_weekends() -> None:
    times = opening_times(date(2026, 3, 2))
    assert times[0] == time(9, 0)
    assert time(11, 15) in times
    assert all(not time(12, 0) <= at < time(13, 0) for at in times)
    assert times[-1] == time(15, 45)
    assert opening_times(date(2026, 3, 7)) == opening_times(date(2026, 3, 8)) == []


def test_a_booked_time_is_free_no_more_for_this_bot_only(bot: Bot) -> None:
    other, day = make_bot("other", name="Other"), workday()
    made = book_appointment(bot=bot, day=day, at=time(9, 45), name="  Ann\0 Lee ")
    assert (made.name, made.starts_at) == ("Ann Lee", starts_at(day, time(9, 45)))
    assert time(9, 45) not in free_times(bot, day)
    assert time(9, 45) in free_times(other, day)
    assert refused(bot, day, time(9, 45)) == "appointment.taken"
    assert book_appointment(bot=other, day=day, at=time(9, 45), name="Ann").pk


def test_parts_of_a_day(bot: Bot) -> None:
    day = workday()
    morning, afternoon = free_times(bot, day, "morning"), free_times(bot, day, "afternoon")
    assert max(morning) < time(12, 0) <= min(afternoon)
    assert morning + afternoon == free_times(bot, day)
    assert free_times(bot, day, "whenever") == free_times(bot, day)


@pytest.mark.parametrize("at", [time(3, 0), time(9, 1), time(12, 45), time(17, 0), time(9, 0, 1)])
def test_times_that_the_desk_does_not_offer(bot: Bot, at: time) -> None:
    assert refused(bot, workday(), at) == "appointment.closed"


@pytest.mark.parametrize("day", [date.min, date(1970, 1, 1), date(2500, 1, 4), date.max])
def test_days_that_are_over_or_far_away(bot: Bot, day: date) -> None:
    assert not is_bookable(day)
    assert free_times(bot, day) == []
    assert refused(bot, day, time(9, 0)) == "appointment.closed"


def test_today_only_what_lies_ahead(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    noon = timezone.make_aware(datetime.combine(workday(), time(12, 30)))
    monkeypatch.setattr(timezone, "now", lambda: noon)
    assert min(free_times(bot, noon.date())) == time(13, 30)
    assert refused(bot, noon.date(), time(9, 0)) == "appointment.closed"
    assert book_appointment(bot=bot, day=noon.date(), at=time(13, 30), name="Ann").pk
    assert is_bookable(noon.date() + timedelta(days=HORIZON_DAYS))
    assert not is_bookable(noon.date() + timedelta(days=HORIZON_DAYS + 1))


@pytest.mark.django_db(transaction=True)
def test_of_many_callers_who_want_the_same_time_one_gets_it(transactional_db: None) -> None:
    desk, day = make_bot("busy", name="Busy"), workday()
    codes: list[str] = []

    def try_it() -> None:
        try:
            book_appointment(bot=desk, day=day, at=time(9, 0), name="Ann")
            codes.append("booked")
        except ActionError as error:
            codes.append(error.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=try_it) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == ["appointment.taken"] * 5 + ["booked"]
    assert Appointment.objects.filter(bot=desk).count() == 1


def test_other_bots_bookings_do_not_matter(bot: Bot, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(1):
        assert free_times(bot, workday())

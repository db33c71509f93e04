"""Free times of an appointment desk: opening hours without what is booked."""

from datetime import date, datetime, time, timedelta

from django.utils import timezone

from bots.models import Appointment, Bot

OPENS, CLOSES, LUNCH = time(9, 0), time(17, 0), (time(12, 0), time(13, 0))
STEP = timedelta(minutes=45)
HORIZON_DAYS = 120


def opening_times(day: date) -> list[time]:
    """The times a desk offers on a day: every 45 minutes from nine to five, not at lunch, not at weekends."""
    if day.weekday() >= 5:
        return []
    found, moment = [], datetime.combine(day, OPENS)
    while (moment + STEP).time() <= CLOSES:
        if not LUNCH[0] <= moment.time() < LUNCH[1]:
            found.append(moment.time())
        moment += STEP
    return found


def is_bookable(day: date) -> bool:
    """Whether a day is neither over nor further away than appointments are made."""
    return timedelta(0) <= day - timezone.localdate() <= timedelta(days=HORIZON_DAYS)


def starts_at(day: date, at: time) -> datetime:
    """The moment of an appointment in the server's time zone."""
    return timezone.make_aware(datetime.combine(day, at))


def free_times(bot: Bot, day: date, part_of_day: str = "") -> list[time]:
    """The times of a day that nobody booked and that lie ahead; ``part_of_day`` is morning, afternoon or empty."""
    now = timezone.now()
    if not is_bookable(day):
        return []
    first, last = starts_at(day, time.min), starts_at(day, time.max)
    taken = set(Appointment.objects.filter(bot=bot, starts_at__range=(first, last)).values_list("starts_at", flat=True))
    free = [at for at in opening_times(day) if (moment := starts_at(day, at)) not in taken and moment > now]
    if part_of_day == "morning":
        return [at for at in free if at < time(12, 0)]
    return [at for at in free if at >= time(12, 0)] if part_of_day == "afternoon" else free

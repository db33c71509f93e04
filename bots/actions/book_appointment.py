"""Books a free time at an appointment desk."""

import uuid
from datetime import date, time

from django.db import IntegrityError, transaction
from django.utils import timezone

from bots.actions.errors import ActionError
from bots.models import Appointment, Bot
from bots.selectors.appointments import is_bookable, opening_times, starts_at


def book_appointment(*, bot: Bot, day: date, at: time, name: str, call_id: uuid.UUID | None = None) -> Appointment:
    """Book one time under a name; of two callers who want the same time, one is refused.

    Raises ActionError ``appointment.closed`` for a time that the desk does not offer or that is over, and
    ``appointment.taken``.
    """
    if not is_bookable(day) or at not in opening_times(day) or starts_at(day, at) <= timezone.now():
        raise ActionError("appointment.closed", "The desk is closed at that time.", next_step="Offer another time.")
    try:
        with transaction.atomic():
            name = name.replace("\0", "").strip()[:120]
            return Appointment.objects.create(bot=bot, starts_at=starts_at(day, at), name=name, call_id=call_id)
    except IntegrityError:
        raise ActionError(
            "appointment.taken", "That time has just been taken.", next_step="Offer another time."
        ) from None

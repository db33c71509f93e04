"""Keeps that a call was refused, and why, where the number's people see it; a flood does not fill the table."""

import logging
from datetime import timedelta
from typing import Any

from django.utils import timezone

from bots.actions.errors import ActionError
from telephony.models import CallLeg, LegStatus, PhoneNumber
from telephony.selectors.e164 import Destination

log = logging.getLogger(__name__)

KEPT_AN_HOUR = 20


def keep_refusal(number: PhoneNumber, error: ActionError, by: Any, to: Destination | None = None) -> CallLeg | None:
    """Store a refused attempt, at most twenty an hour and number; answers the leg, or None for one too many.

    The destination is kept where it is a number that may be called at all.
    """
    log.warning("a call was not placed", extra={"code": error.code, "number": number.pk})
    now = timezone.now()
    kept = CallLeg.objects.filter(
        number=number, direction=CallLeg.Direction.OUTBOUND, status=LegStatus.REFUSED,
        created_at__gte=now - timedelta(hours=1),
    )  # fmt: skip
    if kept.count() >= KEPT_AN_HOUR:
        return None
    return CallLeg.objects.create(
        account_id=number.account_id, number=number, direction=CallLeg.Direction.OUTBOUND, from_number=number.e164,
        to_number=to.e164 if to else "", country=to.country if to else "", status=LegStatus.REFUSED, created_at=now,
        ended_at=now, placed_by=by, refusal_code=error.code[:80], refusal_sentence=error.message[:300],
    )  # fmt: skip

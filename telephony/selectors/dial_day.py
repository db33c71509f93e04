"""How far the present day's calls have come against the policy."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from bots.actions.errors import ActionError
from telephony.models import OPEN_LEG, CallLeg, DialPolicy, LegStatus

from .dial_policy import day_begins, is_open, next_opening
from .spend import spent_since


@dataclass(frozen=True, slots=True)
class DialDay:
    """Calls placed and refused today, running now, money that counts, and when people may be called (again)."""

    placed: int
    refused: int
    running: int
    spent: Decimal
    is_open: bool
    opens: datetime | None


def dial_day(policy: DialPolicy, now: datetime) -> DialDay | None:
    """Return the day; None where the policy's time zone is unknown."""
    try:
        begins = day_begins(policy, now)
        opens, is_now = next_opening(policy, now), is_open(policy, now)
    except ActionError:
        return None
    out = CallLeg.objects.filter(direction=CallLeg.Direction.OUTBOUND)
    today = out.filter(created_at__gte=begins)
    refused = today.filter(status=LegStatus.REFUSED).count()
    return DialDay(
        placed=today.count() - refused, refused=refused, running=out.filter(status__in=OPEN_LEG).count(),
        spent=spent_since(begins), is_open=is_now, opens=opens,
    )  # fmt: skip

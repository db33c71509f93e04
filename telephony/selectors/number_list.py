"""Phone numbers with how much they are called."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Count, Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from telephony.models import CallLeg, PhoneNumber

DAY = timedelta(hours=24)
RECENT = 8


def with_calls(numbers: QuerySet[PhoneNumber], now: datetime | None = None) -> QuerySet[PhoneNumber]:
    """Add ``last_call`` (a time or None) and ``calls_day``, the calls of the last 24 hours."""
    legs = CallLeg.objects.filter(number=OuterRef("pk")).order_by().values("number")
    last = legs.annotate(last=Max("created_at")).values("last")
    since = (now or timezone.now()) - DAY
    lately = legs.filter(created_at__gte=since).annotate(count=Count("pk")).values("count")
    return numbers.annotate(last_call=Subquery(last), calls_day=Coalesce(Subquery(lately), 0))


def recent_legs(number: PhoneNumber) -> QuerySet[CallLeg]:
    """The newest calls of a number, refused ones too."""
    return number.legs.select_related("call")[:RECENT]


def in_use(account_id: int) -> tuple[int, int]:
    """How many numbers and how many calls an account has; with either it is kept."""
    return (
        PhoneNumber.objects.filter(account_id=account_id).count(),
        CallLeg.objects.filter(account_id=account_id).count(),
    )

"""What calls out cost: prices a minute, what is set aside, what counts against a day's money (S2, lessons T16).

A price that nobody has entered is unknown, never nothing, and a price of nothing is none.
"""

from datetime import datetime
from decimal import ROUND_UP, Decimal, InvalidOperation
from math import ceil

from django.db.models import Sum

from telephony.models import CallLeg, DialPolicy, LegStatus

UNANSWERED = (LegStatus.BUSY, LegStatus.NO_ANSWER, LegStatus.CANCELLED, LegStatus.FAILED)
NEVER_TOLD = {"unknown", "not_there"}
"""End causes of our own: the carrier could not be asked, or did not know the call."""
SMALLEST = Decimal("0.0001")
HIGHEST_PRICE = Decimal(100)
LONGEST = 4 * 60
"""Minutes a call may be given: what every carrier takes (Telnyx no more than 14,400 seconds)."""


def price_in(value: object) -> Decimal | None:
    """Return a price with four places, rounded against us; None for nothing, less, too much, or no number."""
    if isinstance(value, bool):
        return None
    try:
        price = Decimal(str(value))
    except InvalidOperation:
        return None
    if not price.is_finite() or not 0 < price <= HIGHEST_PRICE:
        return None
    return price.quantize(SMALLEST, ROUND_UP)


def minute_price(policy: DialPolicy, country: str) -> Decimal | None:
    """Return what a minute costs there; None where nobody has said."""
    prices = policy.minute_prices
    return price_in(prices.get(country)) if isinstance(prices, dict) else None


def money(price: Decimal, minutes: int) -> Decimal:
    """Return what started minutes cost, as money is stored: four places, rounded against us."""
    return (price * minutes).quantize(SMALLEST, ROUND_UP)


def shown_money(amount: Decimal) -> str:
    """Return an amount for people: two places, more only where there is more."""
    text = f"{amount.normalize():f}"
    return f"{amount:.2f}" if len(text.partition(".")[2]) < 2 else text


def spent_since(moment: datetime) -> Decimal:
    """Return what calls out since then count: set aside while they run, their cost when they are over."""
    placed = CallLeg.objects.filter(direction=CallLeg.Direction.OUTBOUND, created_at__gte=moment)
    return placed.aggregate(sum=Sum("reserved"))["sum"] or Decimal(0)


def estimate(leg: CallLeg) -> Decimal | None:
    """Return what a call that is over costs by its minutes; None where its price is not known.

    Every started minute counts. A call that nobody took costs nothing, unless nobody knows whether it was taken:
    then it counts as one minute.
    """
    if leg.minute_price is None:
        return None
    return money(leg.minute_price, _minutes(leg))


def _minutes(leg: CallLeg) -> int:
    begun = leg.answered_at or leg.token_used_at
    if leg.status == LegStatus.REFUSED:
        return 0
    if begun is None and leg.status in UNANSWERED and not leg.duration_s:
        return 1 if leg.end_cause in NEVER_TOLD else 0
    seconds = leg.duration_s
    if seconds is None and begun is not None and leg.ended_at is not None:
        seconds = min((leg.ended_at - begun).total_seconds(), float(leg.max_duration_s or 0) or float("inf"))
    return max(1, ceil((seconds or 0.0) / 60))

"""Changes the dialling policy: whole, sound, and with who did it (S2, lessons T16)."""

import logging
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from zoneinfo import available_timezones

from django.db import transaction

from bots.actions.errors import ActionError
from telephony.models import DialPolicy
from telephony.selectors.countries import country_names
from telephony.selectors.dial_policy import EVERY_DAY
from telephony.selectors.spend import HIGHEST_PRICE, LONGEST, price_in

log = logging.getLogger(__name__)

FIELDS = (
    "is_enabled", "countries", "max_calls", "calls_per_day", "calls_per_destination", "minutes_per_call",
    "spend_per_day", "currency", "minute_prices", "time_zone", "begins", "ends", "weekdays",
)  # fmt: skip


@transaction.atomic
def save_dial_policy(*, values: Mapping[str, Any], by: Any) -> DialPolicy:
    """Change the named fields of the one policy. Raises ActionError ``policy.forbidden`` or ``policy.wrong``.

    A running placement is finished first; every later one meets the new rules.
    """
    if by is None or not by.is_active or not by.has_perm("telephony.change_dialpolicy"):
        raise ActionError(
            "policy.forbidden", "You may not change the dialling policy.", next_step="Ask an administrator.",
            http_status=403,
        )  # fmt: skip
    DialPolicy.objects.get_or_create(pk=1)
    policy = DialPolicy.objects.select_for_update().get(pk=1)
    for name, value in values.items():
        if name not in FIELDS:
            raise _wrong(f"There is no rule called {name}.")
        setattr(policy, name, value)
    if problems := policy_problems(policy):
        raise _wrong(" ".join(problems.values()))
    policy.updated_by = by
    policy.save()
    log.warning("the dialling policy was changed", extra={"by": by.pk, "fields": sorted(values)})
    return policy


def _wrong(sentence: str) -> ActionError:
    return ActionError("policy.wrong", sentence, owner="author", next_step="Correct it under Dialling policy.")


def policy_problems(policy: DialPolicy) -> dict[str, str]:
    """Return what is wrong with rules, by field; nothing for rules that may be kept."""
    found: dict[str, str] = {}
    known = country_names()
    countries, prices = policy.countries, policy.minute_prices
    if not isinstance(countries, list) or not all(code in known for code in countries):
        found["countries"] = "Countries are a list of two letters each."
        countries = []
    if not isinstance(prices, dict) or not all(code in known for code in prices):
        found["minute_prices"] = "Prices are by countries."
    elif not all(price_in(price) is not None for price in prices.values()):
        found["minute_prices"] = f"A price is more than nothing and at most {HIGHEST_PRICE} a minute."
    elif missing := [known[code] for code in countries if code not in prices]:
        found["minute_prices"] = f"A minute has no price yet: {', '.join(missing)}."
    if policy.time_zone not in available_timezones():
        found["time_zone"] = "That time zone is unknown."
    if policy.begins >= policy.ends:
        found["ends"] = "Calls must end later than they begin, on the same day."
    if not isinstance(policy.weekdays, list) or not all(day in EVERY_DAY for day in policy.weekdays):
        found["weekdays"] = "Days are numbers, Monday is 0."
    if not 1 <= policy.minutes_per_call <= LONGEST:
        found["minutes_per_call"] = f"A call is given between 1 and {LONGEST} minutes."
    if not 0 <= Decimal(policy.spend_per_day) < Decimal(10) ** 6:
        found["spend_per_day"] = "The day's money is between nothing and a million."
    if not (len(policy.currency) == 3 and policy.currency.isascii() and policy.currency.isupper()):
        found["currency"] = "A currency has three letters: USD."
    return found

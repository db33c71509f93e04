"""Compares what carriers ask when numbers are called with this house's addresses, and keeps the difference (drift)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from bots.actions.errors import ActionError
from bots.engine.errors import EngineError
from telephony.actions.check_account import note_answered, note_check
from telephony.carriers.base import CarrierAPI, OwnedNumber
from telephony.models import CarrierAccount, PhoneNumber
from telephony.selectors.access import api_of
from telephony.selectors.addresses import public_url
from telephony.selectors.carrier_answers import ANSWER_S, ask, opened, refusal
from telephony.selectors.webhook_health import Seen, seen_at_carrier

DUE = timedelta(hours=23)
"""Looked at once a day; the rounds that find what is due are shorter."""

UNHURRIED_S = 40.0
"""What a job gives each carrier: accounts with thousands of numbers answer in many pages."""

Listed = list[OwnedNumber] | ActionError


def check_webhooks(
    numbers: Iterable[PhoneNumber],
    *,
    api_for: Callable[[CarrierAccount], CarrierAPI] = api_of,
    limit_s: float = ANSWER_S,
) -> list[PhoneNumber]:
    """Ask each account once, all at the same time, and return the numbers with their new states.

    ``api_for`` is the seam to the carriers; each has ``limit_s`` seconds. Raises ActionError
    ``public_url.missing`` before anybody is asked.
    """
    public_url()
    rows = list(numbers)
    accounts = {number.account_id: number.account for number in rows}
    listed = asyncio.run(_ask_all(list(accounts.values()), api_for, limit_s))
    for account, told in listed:
        if isinstance(told, ActionError):
            note_check(account, told)
        else:
            note_answered(account)
    by_account = {account.pk: told for account, told in listed}
    for number in rows:
        told = by_account[number.account_id]
        unreachable = Seen(PhoneNumber.WebhookState.UNREACHABLE, number.webhook_seen)
        _note(number, unreachable if isinstance(told, ActionError) else seen_at_carrier(number, told))
    return rows


def check_due_webhooks(
    now: datetime | None = None, *, api_for: Callable[[CarrierAccount], CarrierAPI] = api_of
) -> int:  # fmt: skip
    """Look at the numbers that nobody has looked at for a day; answers how many."""
    now = now or timezone.now()
    due = Q(webhook_checked_at__isnull=True) | Q(webhook_checked_at__lt=now - DUE)
    watched = PhoneNumber.objects.select_related("account").filter(due, is_enabled=True, account__is_enabled=True)
    return len(check_webhooks(watched, api_for=api_for, limit_s=UNHURRIED_S)) if watched.exists() else 0


async def _ask_all(
    accounts: list[CarrierAccount], api_for: Callable[[CarrierAccount], CarrierAPI], limit_s: float
) -> list[tuple[CarrierAccount, Listed]]:
    async def one(account: CarrierAccount) -> tuple[CarrierAccount, Listed]:
        try:
            return account, await ask(opened(account, api_for), lambda api: api.numbers(), limit_s)
        except ActionError as error:
            return account, error
        except EngineError as error:
            return account, refusal(error)

    return list(await asyncio.gather(*map(one, accounts)))


def _note(number: PhoneNumber, seen: Seen) -> None:
    number.webhook_state, number.webhook_seen = seen.state, seen.address
    number.webhook_checked_at = timezone.now()
    number.save(update_fields=["webhook_state", "webhook_seen", "webhook_checked_at"])

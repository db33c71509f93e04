"""Proves that an account's keys are good, and keeps what came of it."""

from __future__ import annotations

from django.utils import timezone

from bots.actions.errors import ActionError
from telephony.carriers.base import CarrierAPI
from telephony.models import CarrierAccount
from telephony.selectors.carrier_answers import ANSWER_S, answer_of

MAX_SENTENCE = 300


def check_account(account: CarrierAccount, *, api: CarrierAPI | None = None, limit_s: float = ANSWER_S) -> str:
    """Ask the carrier for the account and return the name it has there; ``api`` is the seam to the carrier.

    Raises ActionError ``carrier.…`` or ``credential.unreadable``; either outcome is kept with the account.
    """
    try:
        name = answer_of(account, lambda asked: asked.check(), api=api, limit_s=limit_s)
    except ActionError as error:
        note_check(account, error)
        raise
    note_check(account, None, name)
    return name


def note_check(account: CarrierAccount, error: ActionError | None, name: str = "") -> None:
    """Keep an outcome: the failure with its next step, or the account's name at the carrier."""
    account.checked_at = timezone.now()
    account.check_code = error.code[:80] if error else ""
    account.check_sentence = (f"{error.message} {error.next_step}".strip() if error else name)[:MAX_SENTENCE]
    account.save(update_fields=["checked_at", "check_code", "check_sentence"])


def note_answered(account: CarrierAccount) -> None:
    """An answer to any question proves the keys: a failure that was kept is over."""
    if account.check_code:
        note_check(account, None)

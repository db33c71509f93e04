"""Reading what carriers send: forms, numbers, times, money; what is missing is empty, what is wrong is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime

from bots.actions.plain_data import storable_text
from telephony.models.carrier import LegStatus

from .base import WebhookRequest
from .errors import WebhookMalformed

MAX_TEXT = 512
MAX_CUSTOM, MAX_CUSTOM_TEXT = 16, 256
YEARS = range(2000, 2100)
_DIGITS = re.compile(r"\+?[0-9]{3,15}")
_ID = re.compile(r"[A-Za-z0-9_.:~+=/-]{1,120}")

Form = Mapping[str, Sequence[str]]


def told(request: WebhookRequest) -> Form:
    """Return what a carrier tells: a form's fields, or those of the address where it asks with GET."""
    return request.query if request.method == "GET" else request.form


def field(form: Form, *names: str) -> str:
    """Return the first of these fields that has a value, at most 512 characters that can be stored."""
    for name in names:
        values = form.get(name)
        if values and values[0]:
            return _plain(str(values[0]))[:MAX_TEXT]
    return ""


def _plain(text: str) -> str:
    """Return a text that can be stored: a NUL is a space, half a surrogate pair is nothing."""
    return storable_text(text.replace("\x00", " "))


def call_id_in(form: Form, *names: str) -> str:
    """Return the carrier's id of a call; raises ``webhook.malformed`` where there is none."""
    found = field(form, *names)
    if not _ID.fullmatch(found):
        raise WebhookMalformed("The carrier's message names no call.")
    return found


def number_in(text: str) -> str:
    """Return a number as E.164, a SIP address as it is, anything else (a hidden caller) as nothing."""
    text = text.strip()
    if text.lower().startswith(("sip:", "sips:")):
        return text[:64]
    digits = text.replace(" ", "").replace("-", "")
    if not _DIGITS.fullmatch(digits):
        return ""
    return digits if digits.startswith("+") else f"+{digits}"


def seconds_in(text: str) -> float | None:
    """Return a duration in seconds."""
    try:
        found = float(text)
    except ValueError:
        return None
    return found if 0 <= found < 1e7 else None


def money_in(text: str) -> Decimal | None:
    """Return an amount, positive whatever sign the carrier gives it; None where none is told."""
    try:
        found = abs(Decimal(text))
    except InvalidOperation:
        return None
    return found if found.is_finite() and found < 10**6 else None


def moment_in(text: str) -> datetime | None:
    """Return a time in RFC 2822 or ISO 8601 form; one without a zone is UTC, one of another century is none."""
    try:
        found = datetime.fromisoformat(text) if text[:4].isdigit() else parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    found = found if found.tzinfo is not None else found.replace(tzinfo=UTC)
    return found if found.year in YEARS else None


def count_in(text: str) -> int | None:
    """Return a whole number."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def status_in(known: Mapping[str, LegStatus], text: str) -> LegStatus:
    """Return a call's state; one that the carrier does not document is refused, never guessed."""
    found = known.get(text.strip().lower())
    if found is None:
        raise WebhookMalformed("The carrier names a status that is not known here.")
    return found


def custom_in(form: Form, *prefixes: str) -> dict[str, str]:
    """Return fields of the caller's side by their names without these prefixes; at most sixteen of 256 characters."""
    found = {
        _plain(name[len(prefix) :].lower()): _plain(str(values[0]))[:MAX_CUSTOM_TEXT]
        for prefix in prefixes
        for name, values in form.items()
        if name.startswith(prefix) and len(name) > len(prefix) and values
    }
    return dict(list(found.items())[:MAX_CUSTOM])

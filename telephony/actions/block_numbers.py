"""Puts numbers on the do-not-call list: one, or a pasted list of them."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from bots.actions.errors import ActionError
from telephony.models import BlockedNumber
from telephony.selectors.e164 import e164

log = logging.getLogger(__name__)

MOST = 5000


@dataclass(frozen=True, slots=True)
class Blocked:
    """How many numbers are new on the list, how many were there, and the lines (from 1) that hold no number."""

    added: int
    known: int
    unread: tuple[int, ...] = ()


@transaction.atomic
def block_numbers(*, lines: Iterable[str], by: Any, reason: str = "", region: str = "") -> Blocked:
    """Take a number a line, with a reason behind a comma or semicolon; ``region`` is of those without a country.

    Raises ActionError ``block.forbidden``, or ``block.too_many`` for more than 5000 lines. What cannot be read is told
    by its line, and the rest is taken.
    """
    if not by.is_active or not by.has_perm("telephony.add_blockednumber"):
        raise ActionError(
            "block.forbidden", "You may not change the do-not-call list.", next_step="Ask an administrator.",
            http_status=403,
        )  # fmt: skip
    wanted: dict[str, str] = {}
    unread = []
    given = [(at, line.strip()) for at, line in enumerate(lines, start=1) if line.strip()]
    if len(given) > MOST:
        raise ActionError("block.too_many", f"At most {MOST} numbers at once.", next_step="Paste them in parts.")
    for at, line in given:
        number, _sign, own = line.replace(";", ",").replace("\t", ",").partition(",")
        try:
            wanted.setdefault(e164(number.strip("\"' "), region), (own.strip("\"' ,") or reason)[:200])
        except ActionError:
            unread.append(at)
    there = set(BlockedNumber.objects.filter(e164__in=wanted).values_list("e164", flat=True))
    BlockedNumber.objects.bulk_create(
        [BlockedNumber(e164=number, reason=why, added_by=by) for number, why in wanted.items() if number not in there],
        ignore_conflicts=True,
    )
    log.info("numbers were put on the do-not-call list", extra={"by": by.pk, "added": len(wanted) - len(there)})
    return Blocked(len(wanted) - len(there), len(there), tuple(unread))

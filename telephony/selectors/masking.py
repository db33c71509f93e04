"""Telephone numbers as people may see them: whole with a permission, else only their beginning and end."""

from typing import Any

SHOWN_AT_BEGINNING, SHOWN_AT_END = 3, 3
MAY_SEE = "telephony.view_numbers"


def masked(number: str) -> str:
    """``+4930123456`` as ``+49…456``; what is too short for that shows nothing of itself."""
    if not number:
        return ""
    if len(number) < SHOWN_AT_BEGINNING + SHOWN_AT_END + 3:
        return "…"
    return f"{number[:SHOWN_AT_BEGINNING]}…{number[-SHOWN_AT_END:]}"


def may_see_numbers(user: Any) -> bool:
    """Whether the person may see whole numbers of other people."""
    return bool(user.has_perm(MAY_SEE))


def shown_to(user: Any, number: str) -> str:
    """The number as this person may see it."""
    return number if may_see_numbers(user) else masked(number)

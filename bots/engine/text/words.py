"""Words as the ledger of heard words counts them."""

from __future__ import annotations


def words(text: str) -> list[str]:
    """Return the words of ``text``: what stands between white space, punctuation included."""
    return text.split()


def normalized(text: str) -> str:
    """Return ``text`` with every run of white space as one space and none at the ends."""
    return " ".join(text.split())

"""Words as the ledger of heard words counts them."""

from __future__ import annotations

import string

_EDGES = string.punctuation + "…–—“”‘’«»„¿¡"


def words(text: str) -> list[str]:
    """Return the words of ``text``: what stands between white space, punctuation included."""
    return text.split()


def normalized(text: str) -> str:
    """Return ``text`` with every run of white space as one space and none at the ends."""
    return " ".join(text.split())


def plain_words(text: str) -> list[str]:
    """Return the words as they are compared: without case and without punctuation at their edges; may hold ""."""
    return [word.casefold().strip(_EDGES) for word in text.split()]

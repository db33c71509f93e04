"""Characters that arrive in halves: some servers write an emoji as two escapes and cut between them (P6)."""

from __future__ import annotations


def whole_characters(text: str) -> tuple[str, str]:
    """Return the text with halves joined, and a first half at its very end, which waits for what comes next.

    A half whose other half does not come becomes the replacement character.
    """
    if text.isascii():
        return text, ""
    waiting = text[-1] if "\ud800" <= text[-1] <= "\udbff" else ""
    said = text[: len(text) - len(waiting)]
    return said.encode("utf-16", "surrogatepass").decode("utf-16", "replace"), waiting

"""Where in a sentence the voice is, found from the words that were heard (client contract 5.4)."""

from __future__ import annotations

import re

_TOKEN = re.compile(r"\S+")
_LOOK_BACK, _LOOK_AHEAD = 2, 4


def _bare(word: str) -> str:
    """Return the letters and digits of a word, lower case; the word itself when it has none."""
    return "".join(filter(str.isalnum, word)).casefold() or word


class SpokenProgress:
    """Splits a text into what was spoken and what is still to come; both parts joined are always the text.

    Heard words are looked for near the place reached. One that is not written as it is spoken ("ten" for "10") moves
    the place by one word, and the next that is found sets it right.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._tokens = [(_bare(match[0]), match.end()) for match in _TOKEN.finditer(text)]
        self._passed = 0

    def hear(self, words: str) -> None:
        """Note words that were heard, in order."""
        for word in words.split():
            self._passed = max(self._passed, self._after(_bare(word)))

    def finish(self) -> None:
        """Note that all of the text was heard."""
        self._passed = len(self._tokens)

    def _after(self, word: str) -> int:
        for ahead in range(_LOOK_AHEAD):
            if self._is_at(self._passed + ahead, word):
                return self._passed + ahead + 1
        for back in range(1, _LOOK_BACK + 1):
            if self._is_at(self._passed - back, word):
                return self._passed
        return min(self._passed + 1, len(self._tokens))

    def _is_at(self, place: int, word: str) -> bool:
        return 0 <= place < len(self._tokens) and self._tokens[place][0] == word

    @property
    def accumulated(self) -> str:
        """The text up to the end of the last word that was heard."""
        if self._passed >= len(self._tokens):
            return self.text
        return self.text[: self._tokens[self._passed - 1][1]] if self._passed else ""

    @property
    def remaining(self) -> str:
        """The rest of the text."""
        return self.text[len(self.accumulated) :]

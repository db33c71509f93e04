"""Going on where a reply broke off, without saying anything twice (P7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bots.engine.context.context import LLMContext
from bots.engine.text.words import plain_words

if TYPE_CHECKING:
    from bots.engine.context.context import Message

ORDER = (
    "Your last message was cut off in the middle and the person has heard it up to there. Go on exactly where it "
    "stops, in the middle of the sentence if it stops there. Do not repeat, greet or apologise."
)
LETTERS_THAT_ARE_WORDS = frozenset("aeiouy")
"""One of these at the end is taken for a word, not for the beginning of one, unless the words before it agree too."""


def context_to_go_on(context: LLMContext, said: str) -> LLMContext:
    """Return a new context that asks for the rest of a reply of which ``said`` was already handed on."""
    rest: list[Message] = [{"role": "assistant", "content": said}, {"role": "developer", "content": ORDER}]
    twin = context.snapshot()
    twin.add_messages(rest)
    return twin


class OverlapFilter:
    """Takes from the beginning of a continuation the words that end what was already said.

    A model that is asked to go on often begins a few words earlier, or all over again. Text is held back only as long
    as it could still be such a repetition. Words are compared without case and punctuation; a word that was cut in the
    middle is completed.
    """

    def __init__(self, said: str) -> None:
        self._said = plain_words(said)
        self._spaced = not said or said[-1].isspace()
        self._last = said.rsplit(maxsplit=1)[-1].casefold() if said.strip() else ""
        self._held: str | None = ""

    def feed(self, text: str) -> str:
        """Take a piece; return what of it is new and certain."""
        if self._held is None:
            return text
        self._held += text
        # The last word may still grow.
        certain = plain_words(self._held) if self._held[-1:].isspace() else plain_words(self._held)[:-1]
        if not certain or self._may_repeat(certain):
            return ""
        return self.flush()

    def flush(self) -> str:
        """Return what was held back and is new; after that everything passes."""
        if self._held is None:
            return ""
        held, self._held = self._held, None
        words, letters = self._repeated(held.split())
        rest = _behind(held, words)
        if letters:
            return rest.lstrip()[letters:]
        if self._spaced:
            return rest.lstrip()
        return rest if not rest or rest[0].isspace() else f" {rest}"

    def _may_repeat(self, words: list[str]) -> bool:
        """Whether the words could be the beginning of something said that has not ended yet."""
        ends = range(len(words), len(self._said))
        return any(self._said[end - len(words) : end] == words for end in ends)

    def _repeated(self, found: list[str]) -> tuple[int, int]:
        """Return how many first words are the last words of what was said, the longest way to read it.

        The second number is how many characters of the word behind them were said too.
        """
        words = plain_words(" ".join(found))
        for count in range(min(len(words), len(self._said)), 0, -1):
            tail, whole = self._said[-count:], words[count - 1]
            more = not self._spaced and found[count - 1].casefold().startswith(self._last)
            if tail == words[:count]:
                return (count - 1, len(self._last)) if more and found[count - 1] != self._last else (count, 0)
            certain = count > 1 or count == len(self._said) or self._last not in LETTERS_THAT_ARE_WORDS
            if more and certain and whole and tail[:-1] == words[: count - 1]:
                return count - 1, len(self._last)
        return 0, 0


def _behind(text: str, count: int) -> str:
    """Return the text behind its first ``count`` words, with the white space before it."""
    at = 0
    for _ in range(count):
        while at < len(text) and text[at].isspace():
            at += 1
        while at < len(text) and not text[at].isspace():
            at += 1
    return text[at:]

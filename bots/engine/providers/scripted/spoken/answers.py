"""Yes, no, and a choice out of several."""

from collections.abc import Mapping, Sequence

from bots.engine.providers.scripted.matching import phrase_score
from bots.engine.providers.scripted.spoken.numbers import read_below_hundred, read_ordinal
from bots.engine.providers.scripted.spoken.words import Found, listed, words_of

_NO_WORDS = frozenset(listed("no nope nah not never don't isn't wrong incorrect negative"))
_YES_WORDS = frozenset(
    listed(
        "yes yeah yep yup ya sure okay ok correct right absolutely definitely certainly fine exactly perfect "
        "affirmative please indeed"
    )
)
_YES_PHRASES = ("of course", "go ahead", "do it", "sounds good", "that works", "why not", "i do", "it is")
_LEAST = 0.7
_LAST = ("last", "latest")
_FIRST = ("earliest", "first", "any", "either", "whichever")
CORRECTION_LEADS = (
    ("no",),
    ("nope",),
    ("not", "that"),
    ("actually",),
    ("sorry",),
    ("oh",),
    ("wait",),
    ("i", "mean"),
    ("i", "meant"),
    ("i", "said"),
    ("rather",),
    ("make", "it"),
    ("make", "that"),
    ("change", "it", "to"),
    ("change", "that", "to"),
    ("let's", "say"),
    ("better",),
)


def find_yes_no(words: list[str]) -> Found | None:
    """True or False; any word of refusal wins over a word of consent ("no, that is not right")."""
    text = " ".join(words)
    for index, word in enumerate(words):
        if word in _NO_WORDS and "why not" not in text:
            return Found(value=False, start=index, end=index + 1)
    for index, word in enumerate(words):
        if word in _YES_WORDS:
            return Found(value=True, start=index, end=index + 1)
    if any(phrase in text for phrase in _YES_PHRASES):
        return Found(value=True, start=0, end=len(words))
    return None


def find_choice(words: list[str], options: Mapping[str, Sequence[str]], *, by_place: bool = True) -> Found | None:
    """The option whose words fit best (recogniser slips are absorbed); else its place: "the second one", "the last".

    `options` maps each value to the ways of saying it.
    """
    best_value, best_score = None, _LEAST
    for value, sayings in options.items():
        for saying in (value, *sayings):
            score = phrase_score(words_of(saying), words)
            if score > best_score or (score == best_score and best_value is None):
                best_value, best_score = value, score
    if best_value is not None:
        return Found(best_value, 0, len(words))
    return _by_place(words, list(options)) if by_place else None


def _by_place(words: list[str], values: list[str]) -> Found | None:
    for index, word in enumerate(words):
        if word in _LAST and values:
            return Found(values[-1], index, index + 1)
        place = read_ordinal(words, index)
        if place is None and words[index - 1 : index] in (["number"], ["option"], ["answer"]):
            place = read_below_hundred(words, index)
        if place is None and len(word) == 1 and len(words) <= 3 and word in "abcdefgh":
            place = (ord(word) - ord("a") + 1, index + 1)
        if place and 1 <= place[0] <= len(values):
            return Found(values[place[0] - 1], index, place[1])
        if word in _FIRST and values:
            return Found(values[0], index, index + 1)
    return None

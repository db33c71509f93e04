"""Names, telephone numbers and mail addresses as people say them."""

import re

from bots.engine.providers.scripted.spoken.numbers import find_digits
from bots.engine.providers.scripted.spoken.words import TEXT_LIMIT, Found, listed

NAME_LEADS = (
    ("my", "name", "is"),
    ("the", "name", "is"),
    ("the", "name's"),
    ("my", "name's"),
    ("name", "is"),
    ("under", "the", "name"),
    ("under", "the", "name", "of"),
    ("put", "it", "under"),
    ("call", "me"),
    ("this", "is"),
    ("it", "is"),
    ("it's",),
    ("i", "am"),
    ("i'm",),
    ("for",),
    ("under",),
)
_SURE_LEADS = tuple(lead for lead in NAME_LEADS if "name" in lead or "name's" in lead)
_NO_NAMES = frozenset(
    listed(
        "a an and are at be but can could do does how i is it me my no nope not of okay or please should the "
        "there to uh um what when where which who why would yeah yep yes you your"
    )
)
_LONGEST_NAME = 4
_ADDRESS = re.compile(r"[a-z0-9][a-z0-9._+-]{0,63}@[a-z0-9][a-z0-9-]{0,62}(?:\.[a-z0-9-]{1,62}){1,4}")
_SYMBOLS = {"dot": ".", "point": ".", "underscore": "_", "dash": "-", "hyphen": "-", "minus": "-", "plus": "+"}


def _titled(words: list[str]) -> str:
    """Words as a name; single letters in a row are a spelling."""
    if len(words) > 1 and all(len(word) == 1 for word in words):
        return "".join(words).capitalize()
    return " ".join("-".join(part.capitalize() for part in word.split("-")) for word in words)


def find_name(words: list[str], *, sure: bool = False) -> Found | None:
    """A person's name of at most four words; with `sure` only after "my name is" and the like."""
    for at in range(len(words)):
        leads = [lead for lead in (_SURE_LEADS if sure else NAME_LEADS) if tuple(words[at : at + len(lead)]) == lead]
        if leads:
            start = at + max(len(lead) for lead in leads)
            return _name_at(words, start)
    return None if sure else _name_at(words, 0)


def _name_at(words: list[str], start: int) -> Found | None:
    spelt = all(len(word) == 1 and word.isalpha() for word in words[start:]) and len(words) - start > 1
    end = start
    while end < len(words) and words[end].replace("'", "").isalpha() and (spelt or words[end] not in _NO_NAMES):
        end += 1
    name = words[start:end]
    if not name or (not spelt and (len(name) > _LONGEST_NAME or (end < len(words) and words[end] != "please"))):
        return None
    return Found(_titled(name), start, end)


def find_phone(words: list[str], *, shortest: int = 5) -> Found | None:
    """A telephone number of 5–15 digits, with a leading "+" where it was said."""
    found = find_digits(words, shortest=shortest, longest=15)
    if found is None:
        return None
    plus = bool(found.start) and words[found.start - 1] in ("plus", "+")
    return Found(("+" if plus else "") + str(found.value), found.start - plus, found.end)


def find_email(text: str) -> str | None:
    """A mail address, typed or said ("anna dot smith at example dot com")."""
    lowered = text[:TEXT_LIMIT].lower()
    if typed := _ADDRESS.search(lowered):
        return typed.group()
    words = re.findall(r"[a-z]+|[0-9]+", lowered)
    for at in (index for index, word in enumerate(words) if word == "at"):
        left, right = _mailbox(words[:at]), _domain(words[at + 1 :])
        if left and right and (found := _ADDRESS.fullmatch(f"{left}@{right}")):
            return found.group()
    return None


def _mailbox(words: list[str]) -> str:
    """The local part: single letters and figures join, words join only over a said symbol."""
    parts: list[str] = []
    for index in range(len(words) - 1, -1, -1):
        word = words[index]
        joined = not parts or parts[0] in "._-+" or word in _SYMBOLS
        if not joined and not (len(word) == 1 or word.isdigit() or len(parts[0]) == 1 or parts[0].isdigit()):
            break
        parts.insert(0, _SYMBOLS.get(word, word))
    return "".join(parts).strip("._-+")


def _domain(words: list[str]) -> str:
    text, dots = "", 0
    for index, word in enumerate(words):
        if word in ("dot", "point"):
            text, dots = text + ".", dots + 1
        elif not text or text[-1] in ".-" or not dots:
            text += _SYMBOLS.get(word, word)
        else:
            return text if index else ""
    return text

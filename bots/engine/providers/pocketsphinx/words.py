"""From written text to the words a recogniser can hear: ``"Room 12, please"`` → ``room twelve please``. Pure."""

from __future__ import annotations

import re

ONES = tuple(
    re.findall(
        "[a-z]+",
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen",
    )
)
TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
TOKEN = re.compile(r"\d+|(?:[^\W\d_]\.){2,}|[^\W\d_]+(?:['.][^\W\d_]+)*'?")
QUOTES = str.maketrans({"\u2019": "'", "\u2018": "'", "\u02bc": "'"})


def spoken_number(digits: str) -> list[str]:
    """Return how a whole number is said; more than six digits, or a leading zero, are said one by one."""
    if len(digits) > 6 or (len(digits) > 1 and digits[0] == "0"):
        return [ONES[int(digit)] for digit in digits]
    number = int(digits)
    if number < 20:
        return [ONES[number]]
    if number < 100:
        return [TENS[number // 10 - 2], *([ONES[number % 10]] if number % 10 else [])]
    size, name = (100, "hundred") if number < 1000 else (1000, "thousand")
    rest = number % size
    return [*spoken_number(str(number // size)), name, *(spoken_number(str(rest)) if rest else [])]


def spoken_words(text: str) -> list[str]:
    """Return the lower-case words of a text as the dictionary writes them; punctuation goes, numbers are spelt."""
    words: list[str] = []
    for token in TOKEN.findall(text.translate(QUOTES).lower()):
        words.extend(spoken_number(token) if token.isdigit() and token.isascii() else [token])
    return words

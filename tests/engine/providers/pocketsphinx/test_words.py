"""From written text to words that can be heard."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.engine.providers.pocketsphinx.words import spoken_number, spoken_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Room 12, please!", "room twelve please"),
        ("It\u2019s 3 o'clock p.m.", "it's three o'clock p.m."),
        ("well-known", "well known"),
        ("Order #40, 305 or 9000", "order forty three hundred five or nine thousand"),
        ("call 0800", "call zero eight zero zero"),
        ("12345678", "one two three four five six seven eight"),
        ("the dogs' bowl.", "the dogs' bowl"),
        ("  ", ""),
        ("snake_case", "snake case"),
    ],
)
def test_text_becomes_what_is_said(text: str, words: str) -> None:
    assert spoken_words(text) == words.split()


@given(st.integers(min_value=0, max_value=999_999))
def test_every_number_is_said_in_words(number: int) -> None:
    words = spoken_number(str(number))
    assert words
    assert all(word.isalpha() for word in words)


def test_numbers_that_differ_are_said_differently() -> None:
    said = {" ".join(spoken_number(str(number))) for number in range(20_000)}
    assert len(said) == 20_000


@given(st.text(max_size=60))
def test_no_text_breaks_it_and_words_stay_words(text: str) -> None:
    for word in spoken_words(text):
        assert word
        assert not any(character.isspace() for character in word)
        assert spoken_words(word) == [word]

"""What the recogniser can hear, told without loading it."""

from __future__ import annotations

import pytest

from bots.engine.providers.pocketsphinx.dictionary import (
    PHONES,
    checked_pronunciation,
    dictionary_path,
    unknown_words,
)
from bots.engine.providers.pocketsphinx.errors import UnusablePronunciation
from bots.engine.providers.pocketsphinx.vocabulary import Vocabulary


def test_words_it_cannot_know_are_named_once_in_order() -> None:
    texts = ["Call Okafor about Twilio at 3 p.m.", "okafor's order, room 12: hello, OKAFOR"]
    assert unknown_words(texts) == ["okafor", "twilio", "okafor's"]
    assert unknown_words(texts) == ["okafor", "twilio", "okafor's"], "the same from memory"


def test_nothing_is_unknown_in_nothing() -> None:
    assert unknown_words([]) == []
    assert unknown_words(["", " ... "]) == []


def test_the_phones_are_those_of_the_dictionary() -> None:
    with dictionary_path().open(encoding="utf-8") as lines:
        used = {phone for line in lines for phone in line.split()[1:]}
    assert used == PHONES


def test_a_pronunciation_is_put_in_normal_form() -> None:
    assert checked_pronunciation("twilio", " t w  ih l iy ow ") == "T W IH L IY OW"
    assert Vocabulary(pronunciations={"Twilio": "t w ih l iy ow"}).spoken_pronunciations() == {
        "twilio": "T W IH L IY OW"
    }


@pytest.mark.parametrize(("word", "phones"), [("twilio", ""), ("twilio", "T W XX"), ("two words", "T"), ("...", "T")])
def test_a_pronunciation_that_cannot_be_used_is_refused(word: str, phones: str) -> None:
    with pytest.raises(UnusablePronunciation) as raised:
        Vocabulary(pronunciations={word: phones}).spoken_pronunciations()
    assert raised.value.owner == "author"

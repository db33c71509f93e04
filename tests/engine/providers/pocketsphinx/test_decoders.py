"""How a decoder's tokens become words, and when the bot's vocabulary wins."""

from __future__ import annotations

import math

import pytest

from bots.engine.providers.pocketsphinx.decoders import NOTHING, Hypothesis, better, fit_of, plain_word

GENERAL = Hypothesis(words=(("please", 0.0, 1.0, 0.9),), fit=-0.5)


@pytest.mark.parametrize(
    ("token", "word"),
    [("to(3)", "to"), ("<sil>", ""), ("</s>", ""), ("[NOISE]", ""), ("++UM++", ""), ("o'clock", "o'clock")],
)
def test_variants_lose_their_number_and_noises_vanish(token: str, word: str) -> None:
    assert plain_word(token) == word


@pytest.mark.parametrize(("fit", "source"), [(-0.36, "vocabulary"), (-0.38, "general"), (-0.6, "general")])
def test_the_vocabulary_wins_by_its_margin_only(fit: float, source: str) -> None:
    special = Hypothesis(words=(("yes", 0.0, 1.0, 1.0),), fit=fit)
    assert better(GENERAL, special, 0.13, ())[1] == source


@pytest.mark.parametrize(
    ("heard", "fit", "source"),
    [
        ("who are you", -0.44, "vocabulary"),
        ("who are you", -0.46, "general"),
        ("you are who", -0.44, "general"),  # its words, but not the sentence
        ("yes", -0.44, "general"),  # one word proves little
    ],
)
def test_an_expected_sentence_needs_a_smaller_margin(heard: str, fit: float, source: str) -> None:
    special = Hypothesis(words=tuple((word, 0.0, 1.0, 1.0) for word in heard.split()), fit=fit)
    assert better(GENERAL, special, 0.13, frozenset({"who are you", "yes"}))[1] == source


def test_a_decoder_that_heard_nothing_never_wins() -> None:
    assert better(GENERAL, NOTHING, 0.0, ()) == (GENERAL, "general")
    assert better(NOTHING, NOTHING, 0.0, ()) == (NOTHING, "general")
    assert better(NOTHING, GENERAL, 0.13, ()) == (GENERAL, "vocabulary")


def test_fit_does_not_grow_with_length() -> None:
    assert math.isclose(fit_of(0.5, 100), fit_of(0.25, 200))
    assert fit_of(0.0, 10) == -math.inf

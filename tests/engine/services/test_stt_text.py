"""Stretches of text in any order, as often as they come."""

from itertools import permutations

import pytest

from bots.engine.services.stt_text import Answered, Stretch, UtteranceText

FINALS = [
    Stretch("one two", True, "0", 0.0, 1.0, 0.9, "en"),
    Stretch("three", True, "1", 1.0, 1.6, 0.5),
    Stretch("four", True, "2", 1.7, 2.1, 0.8),
]


def told(*stretches: Stretch) -> str:
    text = UtteranceText()
    for stretch in stretches:
        text.take(stretch)
    return text.transcript().text


@pytest.mark.parametrize("numbered", [True, False])
def test_every_order_and_repetition_gives_the_same_text(numbered: bool) -> None:  # P12
    finals = [Stretch(f.text, True, f.key if numbered else "", f.at, f.end) for f in FINALS]
    for order in permutations([*finals, *finals]):
        assert told(*order) == "one two three four"


def test_a_revised_final_takes_the_place_of_the_earlier_one() -> None:  # P12
    revised = Stretch("tree", True, "1", 1.0, 1.6)
    assert told(*FINALS, revised) == "one two tree four"
    assert told(*FINALS, Stretch("tree", True, "", 1.05, 1.55)) == "one two tree four"


def test_a_guess_never_replaces_a_final_and_a_final_ends_the_guesses_before_it() -> None:  # P12
    assert told(FINALS[0], Stretch("won too", False, "0", 0.0, 1.0)) == "one two"
    assert told(Stretch("won", False, "9", 0.2, 0.5), FINALS[0]) == "one two"
    assert told(FINALS[0], Stretch("thr", False, "1", 1.0, 1.3)) == "one two thr"
    assert (
        told(Stretch("a", False, ""), Stretch("ab", False, ""), Stretch("abc", True, ""), Stretch("d", False, ""))
        == "abc d"
    )


def test_an_empty_final_takes_its_guess_back() -> None:
    assert told(Stretch("mumble", False, "0"), Stretch("", True, "0")) == ""


def test_without_times_the_order_of_arrival_counts_also_for_what_is_revised() -> None:
    assert told(Stretch("a", True, "1"), Stretch("b", True, "2"), Stretch("A", True, "1")) == "A b"


def test_the_transcript_has_the_least_confidence_and_the_first_language() -> None:
    text = UtteranceText()
    for stretch in FINALS:
        text.take(stretch)
    transcript = text.transcript()
    assert (transcript.confidence, transcript.language) == (0.5, "en")
    assert (text.final_until, text.all_final, text.keys) == (2.1, True, ["0", "1", "2"])
    text.take(Stretch("and", False, "3", 2.2, 2.4))
    assert not text.all_final
    text.drop_guesses()
    assert text.all_final
    text.clear()
    assert not text
    assert text.final_until is None


def test_what_was_answered_is_known_by_number_and_by_time() -> None:  # P12
    answered = Answered()
    answered.note(["1:a", ""], 5.0)
    assert answered.covers(Stretch("x", True, "1:a", 9.0, 9.5), speaking=True)
    assert answered.covers(Stretch("x", True, "", 4.0, 5.0), speaking=True)
    assert answered.covers(Stretch("x", True, "", 4.0, 5.3), speaking=False)
    assert not answered.covers(Stretch("x", True, "", 4.0, 5.3), speaking=True)
    assert not answered.covers(Stretch("x", True, "", 5.1, 5.4), speaking=False)
    assert not answered.covers(Stretch("x", True, ""), speaking=False)

"""Where in a sentence the voice is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bots.engine.rtvi.progress import SpokenProgress


def hear(text: str, *words: str) -> SpokenProgress:
    progress = SpokenProgress(text)
    for word in words:
        progress.hear(word)
    return progress


def test_words_move_the_place_and_keep_the_texts_own_spelling() -> None:
    progress = hear("Hello, **World**! How are you?", "hello", "world")
    assert (progress.accumulated, progress.remaining) == ("Hello, **World**!", " How are you?")


def test_a_number_spoken_in_several_words_is_set_right_by_the_next_word_found() -> None:
    progress = hear("It costs 10€ per night today.", "It", "costs", "ten", "euros")
    progress.hear("per")
    progress.hear("night")
    assert progress.accumulated == "It costs 10€ per night"


def test_a_repeated_word_does_not_jump_ahead() -> None:
    progress = hear("the cat and the dog and the bird", "the", "cat", "and")
    assert progress.accumulated == "the cat and"


def test_text_that_was_left_out_by_the_voice_is_passed() -> None:
    assert hear("Look ( - ) here now", "Look", "here").accumulated == "Look ( - ) here"


def test_nothing_heard_leaves_all_and_the_end_leaves_nothing() -> None:
    progress = SpokenProgress("  One two.  ")
    assert (progress.accumulated, progress.remaining) == ("", "  One two.  ")
    progress.finish()
    assert (progress.accumulated, progress.remaining) == ("  One two.  ", "")


@given(st.text(max_size=80), st.lists(st.text(max_size=8), max_size=30))
def test_the_parts_are_always_the_text_and_the_place_never_goes_back(text: str, words: list[str]) -> None:
    progress = SpokenProgress(text)
    before = progress.accumulated
    for word in words:
        progress.hear(word)
        assert progress.accumulated + progress.remaining == text
        assert progress.accumulated.startswith(before)
        before = progress.accumulated

"""Words and their times from a synthesiser's marks."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bots.engine.providers.espeak.timeline import Mark, Timeline, WordSpan, plain_text


def spans_of(text: str, marks: list[tuple[int, int]], samples: int) -> list[WordSpan]:
    timeline = Timeline(text)
    found = [span for offset, sample in marks for span in timeline.mark(Mark(offset, sample))]
    return found + timeline.finish(samples)


def test_each_word_lasts_until_the_next() -> None:
    assert spans_of("one two three", [(0, 10), (4, 100), (8, 250)], 400) == [
        ("one", 10, 100, False),
        ("two", 100, 250, False),
        ("three", 250, 400, False),
    ]


def test_marks_inside_a_token_are_one_word() -> None:
    assert spans_of("12.50 now", [(0, 0), (1, 30), (1, 60), (6, 90)], 120) == [
        ("12.50", 0, 90, False),
        ("now", 90, 120, False),
    ]


def test_tokens_without_a_mark_share_the_time_by_length_and_are_flagged() -> None:
    assert spans_of("U.S. a.m. go", [(0, 0), (10, 80)], 100) == [
        ("U.S.", 0, 40, True),
        ("a.m.", 40, 80, True),
        ("go", 80, 100, False),
    ]
    assert spans_of("... go", [(4, 50)], 100) == [("...", 0, 50, True), ("go", 50, 100, False)]
    assert spans_of("ab cd", [], 100) == [("ab", 0, 50, True), ("cd", 50, 100, True)]


def test_marks_that_go_back_are_ignored() -> None:
    assert spans_of("one two", [(4, 100), (0, 150), (4, 20)], 200) == [("one", 0, 100, True), ("two", 100, 200, False)]


TEXTS = st.lists(st.text(st.characters(exclude_categories=["Z", "C"]), min_size=1, max_size=6), min_size=1, max_size=8)
MARKS = st.lists(st.tuples(st.integers(-5, 60), st.integers(0, 1000)), max_size=20)


@given(TEXTS.map(" ".join), MARKS, st.integers(0, 1000))
def test_whatever_is_marked_every_token_comes_out_in_order(
    text: str, marks: list[tuple[int, int]], samples: int
) -> None:
    text = plain_text(text)
    spans = spans_of(text, marks, samples)
    assert " ".join(word for word, *_ in spans) == text
    times = [time for _, start, end, _ in spans for time in (start, end)]
    assert times == sorted(times)


@given(st.text())
def test_plain_text_has_single_spaces_and_nothing_invisible_to_c(text: str) -> None:
    plain = plain_text(text)
    assert plain == " ".join(plain.split())
    assert "\0" not in plain
    plain.encode()
    assert plain_text(plain) == plain

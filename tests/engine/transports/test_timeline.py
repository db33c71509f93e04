"""Where arriving audio belongs on the call's clock (lessons T9)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.engine.transports.timeline import MediaTimeline


def test_a_stream_that_arrives_in_time_has_no_gaps() -> None:
    line = MediaTimeline()
    places = [line.place(0.02, 1.0 + number * 0.02 + jitter) for number, jitter in enumerate((0, 0.01, 0.05, 0.0, 0.1))]
    assert places == pytest.approx([0.98, 1.0, 1.02, 1.04, 1.06])


def test_after_a_pause_it_is_placed_where_it_arrives() -> None:
    line = MediaTimeline()
    line.place(0.02, 1.0)
    assert line.place(0.02, 3.0) == pytest.approx(2.98)
    assert line.place(0.02, 3.02) == pytest.approx(3.0)


def test_nothing_lies_before_the_call() -> None:
    assert MediaTimeline().place(0.5, 0.1) == 0.0


@given(st.lists(st.tuples(st.floats(0.005, 0.2), st.floats(0.0, 1.0)), max_size=50))
def test_nothing_is_placed_before_what_was_placed_already(blocks: list[tuple[float, float]]) -> None:
    line, now, end = MediaTimeline(), 0.0, 0.0
    for seconds, pause in blocks:
        now += pause
        at = line.place(seconds, now)
        assert at >= end - 1e-9
        end = at + seconds

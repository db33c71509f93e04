"""The account of marks: what was certainly played, whatever comes back and when (lessons T8)."""

import pytest

from bots.engine.transports.carrier.marks import MARK_EVERY, PATIENCE, UNMARKED_SECS, PlayedMarks

BLOCK = 0.02


def spoken(marks: PlayedMarks, seconds: float, *, due: float, lead: float = 0.06) -> list[tuple[str, float]]:
    """Send sound from ``due`` on; return the marks that were asked for behind it and when."""
    asked = []
    for number in range(round(seconds / BLOCK)):
        at = due + number * BLOCK
        now = max(due, at - lead)
        marks.sound(at, BLOCK, now)
        if (name := marks.sent(now)) is not None:
            asked.append((name, now))
    return asked


def test_marks_stand_behind_the_first_sound_every_half_second_and_the_last_sound() -> None:  # T8
    marks = PlayedMarks(tells=True)
    asked = spoken(marks, 1.7, due=10.0)
    assert [name for name, _ in asked] == ["0-10020000", "0-10520000", "0-11020000", "0-11520000"]
    assert marks.pause(11.7) == "0-11700000"
    assert marks.pause(11.72) is None


def test_nothing_is_heard_until_the_first_mark_has_come_back() -> None:  # T8
    marks = PlayedMarks(tells=True)
    spoken(marks, 0.4, due=10.0)
    assert marks.heard_until(11.0) == 10.0
    assert PlayedMarks(tells=True).heard_until(11.0) == 11.0


def test_between_marks_the_clock_goes_on_and_the_next_mark_bounds_it() -> None:  # T8
    marks = PlayedMarks(tells=True)
    spoken(marks, 1.2, due=10.0)
    marks.acknowledged("0-10020000", 10.3)
    assert marks.heard_until(10.5) == pytest.approx(10.22)
    assert marks.heard_until(11.2) == pytest.approx(10.52)
    marks.acknowledged("0-10520000", 11.3)
    assert marks.heard_until(11.4) == pytest.approx(10.62)


def test_all_was_heard_when_the_last_mark_has_come_back() -> None:
    marks = PlayedMarks(tells=True)
    spoken(marks, 0.2, due=10.0)
    name = marks.pause(10.2)
    assert name is not None and not marks.all_played
    marks.acknowledged(name, 10.3)
    assert marks.all_played
    assert marks.heard_until(10.3) == 10.3
    assert marks.take_acknowledged() == [(10.2, 10.3)]


def test_marks_of_an_earlier_epoch_say_nothing() -> None:  # T8
    marks = PlayedMarks(tells=True)
    asked = spoken(marks, 1.0, due=10.0)
    marks.acknowledged(asked[0][0], 10.2)
    unplayed, _ = marks.clear(10.6)
    assert unplayed == pytest.approx(11.0 - 10.42)
    spoken(marks, 1.0, due=12.0)
    marks.acknowledged(asked[1][0], 12.1)
    assert marks.heard_until(12.5) <= 12.02
    assert marks.take_acknowledged() == [(10.02, 10.2)]


@pytest.mark.parametrize(
    "name", ["", "0", "0-", "0-x", "0--1", "1-10020000", "0-99000000", "0-" + "9" * 40, "0-²", "a-b-c"]
)
def test_marks_that_were_never_sent_say_nothing(name: str) -> None:
    marks = PlayedMarks(tells=True)
    spoken(marks, 0.4, due=10.0)
    marks.acknowledged(name, 10.3)
    assert marks.heard_until(11.0) == 10.0
    assert marks.take_acknowledged() == []


def test_a_mark_that_stays_away_is_waited_for_two_seconds_then_the_clock_tells() -> None:  # T8
    marks = PlayedMarks(tells=True)
    spoken(marks, 0.4, due=10.0)
    assert marks.heard_until(10.02 + PATIENCE) == 10.0
    late = 10.03 + PATIENCE
    assert marks.heard_until(late) == pytest.approx(late - UNMARKED_SECS)
    assert marks.estimated
    marks.acknowledged("0-10020000", late)
    assert not marks.estimated
    assert marks.heard_until(late) == pytest.approx(10.02)


def test_a_far_end_that_tells_nothing_is_a_little_behind_the_clock() -> None:
    marks = PlayedMarks(tells=False)
    assert spoken(marks, 1.0, due=10.0) == []
    assert marks.pause(11.0) is None
    assert marks.heard_until(10.5) == pytest.approx(10.5 - UNMARKED_SECS)
    unplayed, probe = marks.clear(10.5)
    assert (unplayed, probe) == (pytest.approx(0.7), None)


def test_an_empty_mark_measures_the_way_and_a_clear_counts_it() -> None:
    marks = PlayedMarks(tells=True)
    probe = marks.sound(10.0, BLOCK, 10.0)
    assert probe is not None
    marks.acknowledged(probe, 10.14)
    assert marks.way == pytest.approx(0.14)
    spoken(marks, 1.0, due=10.02)
    marks.acknowledged("0-10040000", 10.3)
    unplayed, again = marks.clear(10.4)
    assert unplayed == pytest.approx(11.02 - (10.04 + 0.1 + 0.14))
    assert again is not None
    marks.cleared(10.5)
    assert marks.way == pytest.approx(0.1)


def test_what_was_kept_back_cannot_have_been_heard() -> None:
    marks = PlayedMarks(tells=True)
    for number in range(20):
        marks.sound(10.0 + number * BLOCK, BLOCK, 10.0)
        if number == 9:
            marks.sent(10.0)
    marks.acknowledged("0-10200000", 10.3)
    assert marks.heard_until(10.35) == pytest.approx(10.2)
    assert marks.clear(10.35)[0] == pytest.approx(0.2)


def test_before_any_mark_has_come_back_a_clear_takes_the_far_end_for_200_ms_behind() -> None:
    marks = PlayedMarks(tells=True)
    probe = marks.sound(10.0, BLOCK, 10.0)
    assert probe is not None
    spoken(marks, 1.0, due=10.0)
    marks.acknowledged(probe, 10.3)
    unplayed, _ = marks.clear(10.35)
    assert unplayed == pytest.approx(11.0 - 10.3, abs=0.021)


def test_a_way_that_takes_longer_than_a_second_is_none() -> None:
    marks = PlayedMarks(tells=True)
    probe = marks.sound(10.0, BLOCK, 10.0)
    assert probe is not None
    marks.acknowledged(probe, 11.5)
    assert marks.way == 0.0


def test_a_second_clear_has_nothing_to_clear() -> None:
    marks = PlayedMarks(tells=True)
    spoken(marks, 1.0, due=10.0)
    assert marks.clear(10.5)[0] > 0
    assert marks.clear(10.5) == (0.0, None)


def test_a_stream_that_is_gone_plays_nothing_more_and_is_not_waited_for_long() -> None:
    marks = PlayedMarks(tells=True)
    spoken(marks, 2.0, due=10.0)
    marks.acknowledged("0-10020000", 10.1)
    marks.stop(10.3)
    assert marks.heard_until(10.9) == pytest.approx(10.22)
    assert marks.heard_until(10.4 + PATIENCE) == 10.4 + PATIENCE


def test_sound_that_runs_dry_again_and_again_does_not_flood_the_far_end_with_marks() -> None:
    marks = PlayedMarks(tells=True)
    asked = 0
    for number in range(100):
        due = 10.0 + number * 0.03
        marks.sound(due, BLOCK, due)
        asked += (marks.sent(due) is not None) + (marks.pause(due + 0.01) is not None)
    assert 3.0 / MARK_EVERY <= asked <= 3.0 / 0.1 + 2

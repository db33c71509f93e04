"""The ledger: planned, sent, heard (DESIGN 1.3, lessons T1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.engine.core.ledger import Ledger, LedgerWord
from bots.engine.frames import SpokenWord


def timed(ledger: Ledger, text: str = "one two three", word: float = 0.5) -> int:
    segment = ledger.plan(ledger.open_reply(), text)
    ledger.time_words(
        segment.id, [SpokenWord(spoken, n * word, (n + 1) * word) for n, spoken in enumerate(text.split())]
    )
    return segment.id


def texts(words: list[LedgerWord]) -> list[str]:
    return [word.text for word in words]


def test_words_are_heard_when_their_end_was_played_once_each() -> None:
    ledger = Ledger()
    segment = timed(ledger)
    assert texts(ledger.heard(segment, 0.49, 10.0)) == []
    (first,) = ledger.heard(segment, 0.5, 10.0)
    assert (first.text, first.at, first.end) == ("one", 10.0, 10.5)
    assert texts(ledger.heard(segment, 1.2, 10.0)) == ["two"]
    assert texts(ledger.heard(segment, 1.2, 10.0)) == []
    assert texts(ledger.finish(segment, 10.0)) == ["three"]
    entry = ledger.segment(segment)
    assert entry is not None and entry.complete
    assert (entry.heard_text, entry.unheard_text) == ("one two three", "")


def test_a_cut_ends_what_is_open_and_later_sound_changes_nothing() -> None:
    ledger = Ledger()
    segment = timed(ledger)
    ledger.heard(segment, 0.5, 0.0)
    assert [entry.id for entry in ledger.cut()] == [segment]
    assert ledger.heard(segment, 9.0, 0.0) == ledger.finish(segment, 0.0) == []
    ledger.time_words(segment, [])
    entry = ledger.segment(segment)
    assert entry is not None and (entry.heard_text, entry.unheard_text) == ("one", "two three")
    assert not ledger.is_alive(entry.reply)
    assert ledger.cut() == []


def test_a_reply_that_was_accounted_for_is_forgotten_and_not_alive() -> None:
    ledger = Ledger()
    segment = timed(ledger)
    entry = ledger.segment(segment)
    assert entry is not None and ledger.is_alive(entry.reply)
    ledger.forget(entry.reply)
    assert ledger.segment(segment) is None
    assert ledger.open_replies == []
    assert not ledger.is_alive(entry.reply)
    assert ledger.is_alive(None)


def test_of_a_segment_whose_synthesis_failed_only_what_had_sound_is_heard() -> None:
    ledger = Ledger()
    segment = timed(ledger)
    ledger.sent(segment, 1.0)
    ledger.fail(segment)
    ledger.heard(segment, 1.0, 0.0)
    assert ledger.finish(segment, 0.0) == []
    entry = ledger.segment(segment)
    assert entry is not None and (entry.heard_text, entry.unheard_text) == ("one two", "three")


def test_better_timings_leave_what_was_heard_alone() -> None:
    ledger = Ledger()
    segment = timed(ledger)
    ledger.heard(segment, 0.5, 0.0)
    ledger.time_words(segment, [SpokenWord(text, 5.0, 6.0) for text in ("one", "two", "three")])
    assert texts(ledger.heard(segment, 6.0, 0.0)) == ["two", "three"]


def test_what_is_only_shown_counts_as_received() -> None:
    ledger = Ledger()
    segment = ledger.plan(ledger.open_reply(), "read this", spoken=False)
    assert (segment.heard_text, segment.unheard_text, segment.complete) == ("read this", "", True)


def test_what_is_ahead_is_what_was_sent_and_not_heard() -> None:
    ledger = Ledger()
    segment = timed(ledger)
    ledger.sent(segment, 1.5)
    ledger.heard(segment, 0.5, 0.0)
    assert ledger.ahead_s == pytest.approx(1.0)
    ledger.cut()
    assert ledger.ahead_s == 0.0


@given(st.lists(st.floats(0.0, 3.0), max_size=8), st.booleans())
def test_planned_is_heard_and_unheard_together_in_order(positions: list[float], cut: bool) -> None:
    ledger = Ledger()
    segment = timed(ledger, "a b c d e f", 0.4)
    told: list[str] = []
    for upto in positions:
        told += texts(ledger.heard(segment, upto, 0.0))
    if cut:
        ledger.cut()
    entry = ledger.segment(segment)
    assert entry is not None
    assert f"{entry.heard_text} {entry.unheard_text}".split() == list("abcdef")
    assert entry.heard_text.split() == told
    assert len(told) == max((int(upto / 0.4 + 1e-6) for upto in positions), default=0) or max(positions) > 2.4

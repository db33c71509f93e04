"""Every event of a telephone's line has a sentence in the timeline (T8)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bots.engine.transports import carrier
from bots.selectors.event_words import group_of, sentence_of
from bots.selectors.phone_words import PHONE_SENTENCES


def test_nothing_is_written_that_the_timeline_cannot_say() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in Path(carrier.__file__).parent.glob("*.py"))
    assert set(re.findall(r"record\(\s*\"([\w.]+)\"", text)) == set(PHONE_SENTENCES)


@pytest.mark.parametrize(
    ("kind", "data", "words"),
    [
        ("playout.acknowledged", {"marks": [[1.0, 1.25], [1.5, 1.8], [2.0, 2.2]]}, "voice 250 ms after it was due."),
        ("playout.acknowledged", {"marks": []}, "The far end told what it had played."),
        ("playout.unacknowledged", {"at": 3.0}, "the clock tells instead."),
        ("input.disturbed", {"reordered": 1, "dropped": 2, "lost_ms": 40}, "1 pieces late, 2 twice, 40 ms lost."),
    ],
)
def test_events_are_told_in_sentences(kind: str, data: dict[str, object], words: str) -> None:
    assert sentence_of(kind, data).endswith(words)


def test_what_was_played_counts_as_measurement_and_disorder_as_input() -> None:
    assert (group_of("playout.acknowledged"), group_of("input.disturbed")) == ("metrics", "input")

"""The journal: lines, checksums, numbering, what a full disk does (DESIGN 1.2, reliability A1)."""

import json
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.engine.clock import SystemClock
from bots.engine.core.journal import FileSink, Journal, JournalEvent, MemorySink, parse_line, read_journal
from bots.engine.testing.loop import run_virtual


def recorded(play: Any, sink: Any = None) -> Journal:
    async def main() -> Journal:
        journal = Journal(SystemClock(), sink)
        play(journal)
        return journal

    return run_virtual(main())


def test_a_line_is_a_checksum_a_space_and_the_event() -> None:
    sink = MemorySink()
    recorded(lambda journal: journal.record("user.turn", {"text": "grüß dich"}, cause=3), sink)
    checksum, _, body = sink.lines[0].rstrip(b"\n").partition(b" ")
    assert int(checksum, 16) == zlib.crc32(body)
    assert json.loads(body) == {"seq": 1, "at": 0.0, "kind": "user.turn", "data": {"text": "grüß dich"}, "cause": 3}


def test_a_file_is_read_back_as_it_was_written_up_to_the_first_torn_line(tmp_path: Path) -> None:
    path = tmp_path / "journal.log"
    sink = FileSink(path)
    recorded(lambda journal: [journal.record("metrics", {"n": n}) for n in range(3)], sink)
    sink.close()
    sink.write(b"ignored after closing")
    with path.open("ab") as file:
        file.write(b"0123abcd {torn")
    assert [(event.seq, event.data["n"]) for event in read_journal(path)] == [(1, 0), (2, 1), (3, 2)]
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("line", [b"", b"zzzzzzzz {}\n", b"00000000 {}\n", b"5 x\n", b"%08x []\n" % zlib.crc32(b"[]")])
def test_what_is_no_event_is_none(line: bytes) -> None:
    assert parse_line(line) is None


PLAIN = st.none() | st.booleans() | st.integers() | st.text(max_size=9)


@settings(max_examples=60)
@given(st.dictionaries(st.text(max_size=9), PLAIN | st.lists(PLAIN, max_size=3), max_size=3))
def test_any_json_survives(data: dict[str, Any]) -> None:
    event = JournalEvent(7, 1.5, "metrics", data, None)
    assert parse_line(event.as_line()) == event


@given(st.integers(0, 60), st.integers(1, 255))
def test_a_changed_byte_is_noticed(place: int, change: int) -> None:
    line = bytearray(JournalEvent(7, 1.5, "metrics", {"text": "some words to hold"}, None).as_line())
    line[place] ^= change
    event = parse_line(bytes(line))
    assert event is None or event == parse_line(
        JournalEvent(7, 1.5, "metrics", {"text": "some words to hold"}).as_line()
    )


def test_numbers_go_on_where_an_earlier_journal_ended_and_listeners_hear_after_the_writing() -> None:
    heard: list[int] = []
    sink = MemorySink()

    def play(journal: Journal) -> None:
        journal._seq = 41
        journal.listen(lambda event: heard.append(len(sink.lines)))
        assert journal.record("metrics") == 42
        journal.listen(None)
        assert journal.record("metrics") == journal.last_seq == 43

    recorded(play, sink)
    assert heard == [1]


def test_data_that_is_not_json_leaves_no_hole() -> None:
    def play(journal: Journal) -> None:
        with pytest.raises(TypeError):
            journal.record("metrics", {"x": object()})
        assert journal.record("metrics") == 1

    recorded(play, MemorySink())


def test_a_full_disk_does_not_end_the_call_and_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    class Full(MemorySink):
        def write(self, line: bytes) -> None:
            raise OSError(28, "No space left on device")

    heard: list[JournalEvent] = []

    def play(journal: Journal) -> None:
        journal.listen(heard.append)
        assert [journal.record("metrics") for _ in range(3)] == [1, 2, 3]

    recorded(play, Full())
    assert len(heard) == 3
    assert [record.message for record in caplog.records] == ["the journal could not be written"]


def test_half_a_character_is_written_as_a_question_mark_and_not_an_error() -> None:  # P6
    event = parse_line(JournalEvent(1, 0.0, "bot.segment", {"text": "a\ud83cb"}, None).as_line())
    assert event is not None
    assert event.data == {"text": "a?b"}

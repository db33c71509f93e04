"""The recording's files: every piece at its place, and a full disk ends the recording, never the call."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bots.engine.core.journal import Journal, MemorySink, parse_line
from bots.engine.testing.loop import run_virtual
from bots.hosting.database import in_database
from bots.hosting.switchboard import Switchboard
from bots.hosting.tracks import TrackFiles
from bots.models import Bot, Recording
from bots.models.voice_settings import call_dir
from tests.bots.hosting.stage import connected, over, until
from tests.bots.hosting.test_host import assert_complete


@contextmanager
def files_no_longer_than(size: int) -> Iterator[None]:
    """No file of this process may grow beyond ``size`` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def with_files(folder: Path, play: Any) -> list[dict[str, Any]]:
    """Write to fresh tracks and return what the journal says of it."""
    sink = MemorySink()

    async def main() -> None:
        from bots.engine.clock import SystemClock

        files = TrackFiles(folder, Journal(SystemClock(), sink))
        play(files)
        files.close()
        files.close()
        files.write("bot", 0, b"too late")

    run_virtual(main())
    return [dict(event.data) for line in sink.lines if (event := parse_line(line))]


def test_pieces_lie_at_their_offsets_in_any_order(tmp_path: Path) -> None:
    def play(files: TrackFiles) -> None:
        files.write("caller", 4, b"\5\0\6\0")
        files.write("caller", 0, b"\1\0\2\0")
        files.write("bot", 1, b"\7\0")

    assert with_files(tmp_path, play) == []
    assert (tmp_path / "caller.s16").read_bytes() == b"\1\0\2\0\0\0\0\0\5\0\6\0"
    assert (tmp_path / "bot.s16").read_bytes() == b"\0\0\7\0"


def test_a_full_disk_is_told_once_and_ends_the_recording(tmp_path: Path) -> None:
    def play(files: TrackFiles) -> None:
        with files_no_longer_than(1000):
            kept = [
                files.write("caller", place, bytes([value, 0]) * 400) for place, value in ((0, 1), (400, 2), (800, 3))
            ]
        assert kept == [True, False, False]

    told = with_files(tmp_path, play)
    assert [(event["code"], event["fatal"]) for event in told] == [("recording.disk", False)]
    assert (tmp_path / "caller.s16").read_bytes() == b"\1\0" * 400 + b"\2\0" * 100


def test_tracks_that_cannot_be_made_leave_no_file_open(tmp_path: Path) -> None:
    import os

    (tmp_path / "bot.s16").mkdir()
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(OSError, match="directory"):
        with_files(tmp_path, lambda files: None)
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.django_db(transaction=True)
async def test_a_call_whose_disk_is_full_goes_on_to_its_ordinary_end(board: Switchboard, bot: Bot, ann: Any) -> None:
    client, host = await connected(board, bot, ann)
    await client.greeted()
    tracks = host._tracks
    assert tracks is not None
    limit = files_no_longer_than(16000)
    limit.__enter__()
    try:
        tracks.write("caller", 8000, b"\1\0" * 8000)
    finally:
        limit.__exit__(None, None, None)
    await until(lambda: "recording.disk" in str(list(host._rows._events)) or not host._rows._events)
    await client.say("hello")
    client.send("disconnect-bot")
    call = await over(host)
    assert (call.status, call.end_reason, call.error_code) == ("ended", "caller_hung_up", "")
    await assert_complete(call)
    recording = await in_database(Recording.objects.get, call=call)
    assert (call_dir(call.pk) / "caller.s16").stat().st_size == recording.samples * 2

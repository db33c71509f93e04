"""Both tracks end exactly where the call ends."""

from __future__ import annotations

from pathlib import Path

import pytest

from bots.jobs.tracks import longest_track, settle_tracks, track_path


@pytest.mark.parametrize("seconds", [0.0, 0.5, 1.0, 2.345])
def test_short_tracks_get_silence_and_long_ones_are_cut(tmp_path: Path, seconds: float) -> None:
    track_path(tmp_path, "caller").write_bytes(b"\x01\x02" * 16000)
    assert longest_track(tmp_path) == 16000
    for _ in range(2):
        tracks = settle_tracks(tmp_path, rate=16000, duration_s=seconds)
        assert tracks is not None
        assert tracks.samples == round(seconds * 16000)
        assert tracks.caller.stat().st_size == tracks.bot.stat().st_size == tracks.samples * 2
    heard = min(16000, tracks.samples) * 2
    assert tracks.caller.read_bytes()[:heard] == (b"\x01\x02" * 16000)[:heard]
    assert set(tracks.bot.read_bytes()) <= {0}


def test_nothing_recorded_is_nothing(tmp_path: Path) -> None:
    assert settle_tracks(tmp_path, rate=16000, duration_s=3.0) is None
    assert longest_track(tmp_path) == 0

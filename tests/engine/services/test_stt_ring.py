"""What was sent, what must be sent again, and when it was spoken."""

import pytest

from bots.engine.services.stt_ring import AudioRing, Sound, StreamClock

RATE = 1000


def sound(at: float, seconds: float = 0.1, value: int = 1) -> Sound:
    return Sound(value.to_bytes(2, "little") * round(seconds * RATE), RATE, at)


def filled(blocks: int, limit: float = 5.0) -> AudioRing:
    ring = AudioRing(limit)
    for number in range(blocks):
        ring.add(sound(number / 10, value=number + 1))
    return ring


def read_all(ring: AudioRing) -> list[Sound]:
    sounds = []
    while (read := ring.read()) is not None:
        sounds.append(read)
    return sounds


def test_audio_is_read_once_and_again_from_a_moment_on() -> None:  # P10
    ring = filled(10)
    assert len(read_all(ring)) == 10
    assert ring.read() is None
    assert ring.place == ring.end == 10
    ring.rewind(0.45)
    again = read_all(ring)
    assert again[0].at == pytest.approx(0.45)
    assert sum(len(block.pcm) for block in again) == 2 * 550
    assert again[0].pcm[0] == 5


def test_only_the_newest_seconds_are_held_and_what_was_not_read_counts_as_lost() -> None:  # P10
    ring = filled(60)
    assert ring.end == 60
    assert ring.lost_s == pytest.approx(1.0)
    assert not ring.covers(0.5)
    assert ring.covers(1.0)
    assert read_all(ring)[0].at == pytest.approx(1.0)
    ring.rewind(0.0)
    assert len(read_all(ring)) == 50


def test_forgetting_leaves_nothing_and_keeps_the_numbers() -> None:
    ring = filled(10)
    ring.forget()
    assert ring.read() is None
    assert (ring.place, ring.end) == (10, 10)
    ring.add(sound(2.0))
    assert ring.read() is not None


def test_stream_time_becomes_media_time_across_pauses_and_replays() -> None:
    clock = StreamClock()
    assert clock.media(0.0) is None
    for at in (3.0, 3.1, 7.0, 7.1):
        clock.note(sound(at))
    assert clock.media(None) is None
    assert [clock.media(s) for s in (0.0, 0.15, 0.2, 0.35)] == pytest.approx([3.0, 3.15, 7.0, 7.15])

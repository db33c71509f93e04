"""Chunks of a carrier's stream in the order in which they were spoken (C7)."""

from hypothesis import given
from hypothesis import strategies as st

from bots.engine.transports.carrier.order import RESTART_AFTER, ChunkOrder
from bots.engine.transports.media_stream import StreamMedia

RATE = 8000


def chunk(number: int, *, counted: bool = True, timed: bool = True) -> StreamMedia:
    pcm = (number + 1).to_bytes(2, "little") * 160
    return StreamMedia(pcm, RATE, number if counted else None, number * 20 if timed else None)


def order_of(numbers: list[int], every: float = 0.02, *, counted: bool = True, timed: bool = True) -> list[int]:
    """Take chunks one after the other; return which came out, -1 for one that was made up."""
    order = ChunkOrder()
    out = []
    for place, number in enumerate(numbers):
        out += order.take(chunk(number, counted=counted, timed=timed), place * every)
    out += order.rest()
    return [found.pcm[0] - 1 if found.sequence is not None or not counted else -1 for found in out]


def test_chunks_in_order_pass_at_once() -> None:
    order = ChunkOrder()
    assert [len(order.take(chunk(number), number * 0.02)) for number in range(20)] == [1] * 20


def test_chunks_that_changed_places_within_the_window_are_put_in_order() -> None:  # C7
    assert order_of([0, 2, 1, 3, 6, 5, 4, 7]) == list(range(8))
    assert order_of([0, 2, 1, 3, 6, 5, 4, 7], counted=False) == list(range(8))


def test_a_chunk_that_comes_twice_is_heard_once() -> None:  # C7
    assert order_of([0, 1, 1, 2, 0, 3, 5, 5, 4, 6]) == list(range(7))


def test_a_small_gap_is_filled_after_60_ms_and_a_straggler_is_dropped() -> None:  # C7
    assert order_of([0, 1, 3, 4, 5, 2, 6]) == [0, 1, -1, 3, 4, 5, 6]
    order = ChunkOrder()
    taken = [len(order.take(chunk(number), number * 0.02)) for number in (0, 1, 3, 4, 5, 6)]
    assert taken == [1, 1, 0, 0, 4, 1]
    assert order.counts.lost_ms == 20


def test_what_fills_a_gap_fades() -> None:  # C7
    order = ChunkOrder()
    found = [out for number in (0, 1, 4, 5, 6, 7) for out in order.take(chunk(number), number * 0.02)]
    filled = next(out for out in found if out.sequence is None)
    assert (filled.at_ms, len(filled.pcm)) == (40, 640)
    assert filled.pcm[:2] == chunk(1).pcm[:2] and filled.pcm[-2:] == b"\0\0"


def test_a_large_gap_is_left_and_a_pause_of_the_stream_is_none() -> None:
    assert order_of([0, 1, 30, 31, 32, 33]) == [0, 1, 30, 31, 32, 33]
    order = ChunkOrder()
    order.take(chunk(0), 0.0)
    assert len(order.take(chunk(100), 2.0)) == 1
    assert order.counts.lost_ms == 0


def test_counts_without_times_and_neither_are_taken_as_they_can_be() -> None:
    assert order_of([0, 2, 1, 3], timed=False) == [0, 1, 2, 3]
    assert order_of([5, 3, 4], timed=False, counted=False) == [5, 3, 4]


def test_a_carrier_that_counts_anew_is_heard_again_within_a_second() -> None:
    order = ChunkOrder()
    order.take(chunk(100), 0.0)
    found = [out for number in range(60) for out in order.take(chunk(number), 0.02 * number)]
    assert len(found) == 60 - RESTART_AFTER + 1


@given(st.lists(st.integers(0, 3), min_size=1, max_size=60), st.sets(st.integers(1, 58), max_size=6), st.booleans())
def test_the_length_that_comes_out_is_that_of_the_time_line(late: list[int], lost: set[int], counted: bool) -> None:
    """Chunks are delayed by up to two places and some are lost: what comes out is in order and without overlap (C7)."""
    sent = sorted((number + min(2, delay), number) for number, delay in enumerate(late) if number not in lost)
    order = ChunkOrder()
    out = [found for place, number in sent for found in order.take(chunk(number, counted=counted), place * 0.02)]
    out += order.rest()
    ends = [0.0, *(found.at_ms + len(found.pcm) / 16 for found in out if found.at_ms is not None)]
    begins = [found.at_ms for found in out if found.at_ms is not None]
    assert all(begin >= end for begin, end in zip(begins, ends, strict=False))
    numbers = [found.pcm[0] - 1 for found in out if found.at_ms is not None and found.pcm[:2] == found.pcm[-2:]]
    assert len(numbers) >= len(sent) - order.counts.dropped
    whole = sum(len(found.pcm) / 16 for found in out)
    left = sum(begin - end for begin, end in zip(begins, ends, strict=False))
    assert whole + left == ends[-1]

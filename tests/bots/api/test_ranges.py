"""One byte range, as the standard reads it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.api.ranges import ByteRange, UnsatisfiableRange, requested_range


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-0", (0, 1)), ("bytes=0-", (0, 100)), ("bytes=10-19", (10, 20)), ("bytes=90-500", (90, 100)),
        ("bytes=-10", (90, 100)), ("bytes=-500", (0, 100)), (" bytes = 5 - 6 ", (5, 7)),
    ],
)  # fmt: skip
def test_ranges_that_can_be_served(header: str, expected: tuple[int, int]) -> None:
    assert requested_range(header, 100) == ByteRange(*expected)


@pytest.mark.parametrize(
    "header", ["", "bytes", "bytes=", "bytes=-", "bytes=9-5", "bytes=a-b", "items=0-1", "bytes=0-1,4-5", "bytes=--1",
               "bytes=1e3-", "bytes=0x1-2", "bytes=٣-٤x", "bytes=" + "9" * 4000 + "-"],
)  # fmt: skip
def test_what_is_no_single_range_is_answered_with_everything(header: str) -> None:
    assert requested_range(header, 100) is None


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0"])
def test_ranges_behind_the_end_cannot_be_satisfied(header: str) -> None:
    with pytest.raises(UnsatisfiableRange):
        requested_range(header, 100)


@given(st.text(max_size=40), st.integers(0, 10**6))
def test_any_header_gives_a_range_inside_the_file_or_none(text: str, size: int) -> None:
    for header in (text, f"bytes={text}"):
        try:
            found = requested_range(header, size)
        except UnsatisfiableRange:
            continue
        assert found is None or 0 <= found.start < found.stop <= size

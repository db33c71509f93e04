"""Byte ranges of a request, as RFC 9110 section 14 defines them for one range."""

import re
from dataclasses import dataclass

_RANGE = re.compile(r"\s*bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*")


class UnsatisfiableRange(Exception):
    """The range begins behind the end, or asks for nothing."""


@dataclass(frozen=True, slots=True)
class ByteRange:
    """First byte and the one after the last."""

    start: int
    stop: int


def requested_range(header: str, size: int) -> ByteRange | None:
    """The one range of a ``Range`` header, or None when it is absent, malformed or has several (then all is sent).

    Raises UnsatisfiableRange for the 416 answer.
    """
    match = _RANGE.fullmatch(header)
    if match is None or match[1] == match[2] == "":
        return None
    if match[1] == "":
        length = int(match[2])
        if length == 0 or size == 0:
            raise UnsatisfiableRange
        return ByteRange(max(0, size - length), size)
    start = int(match[1])
    stop = int(match[2]) + 1 if match[2] else size
    if match[2] and stop <= start:
        return None
    if start >= size:
        raise UnsatisfiableRange
    return ByteRange(start, min(stop, size))

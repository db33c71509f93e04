"""The call's append-only history, written before anything acts on it (DESIGN 1.2, reliability A1).

A line is eight hex digits of CRC-32 over the JSON, a space, the JSON and a newline. The JSON object has ``seq`` (from
1, without holes), ``at`` (media seconds), ``kind``, ``data`` and ``cause`` (the ``seq`` of the event that led here, or
null).
"""

from __future__ import annotations

import json
import logging
import os
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from bots.engine.clock import BaseClock

log = logging.getLogger(__name__)

FORMAT_VERSION = 1
_written = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class JournalEvent:
    """One line of a journal; ``at`` in media seconds."""

    seq: int
    at: float
    kind: str
    data: Mapping[str, Any]
    cause: int | None = None

    def as_line(self) -> bytes:
        """Return the event as it stands in the file."""
        body = _written(
            {"seq": self.seq, "at": self.at, "kind": self.kind, "data": self.data, "cause": self.cause}
        ).encode("utf-8", "replace")
        return b"%08x %s\n" % (zlib.crc32(body), body)


class JournalSink(Protocol):
    """Where lines go; must take a line whole and at once."""

    def write(self, line: bytes) -> None:
        """Hand one line over."""

    def close(self) -> None:
        """Release what the sink holds."""


class FileSink:
    """A local file, one ``write`` per event: what the kernel has taken survives the death of the process."""

    def __init__(self, path: Path) -> None:
        self._descriptor: int | None = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)

    def write(self, line: bytes) -> None:
        if self._descriptor is not None:
            os.write(self._descriptor, line)

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


class MemorySink:
    """Keeps the lines; for tests, benchmarks and tapes."""

    def __init__(self) -> None:
        self.lines: list[bytes] = []

    def write(self, line: bytes) -> None:
        self.lines.append(line)

    def close(self) -> None:
        """Keep what was written."""


class NoSink:
    """Keeps nothing; for pipelines that run outside a call."""

    def write(self, line: bytes) -> None:
        """Drop the line."""

    def close(self) -> None:
        """Nothing is held."""


class Journal:
    """Numbers events, writes them, then tells its listener (the writer of the rows)."""

    def __init__(self, clock: BaseClock, sink: JournalSink | None = None, *, last_seq: int = 0) -> None:
        self._clock = clock
        self._sink: JournalSink = sink or NoSink()
        self._seq = last_seq
        self._listener: Callable[[JournalEvent], None] | None = None
        self._failed = False

    @property
    def last_seq(self) -> int:
        """Number of the newest event."""
        return self._seq

    def listen(self, listener: Callable[[JournalEvent], None] | None) -> None:
        """Tell ``listener`` every event after it was written; it must not block."""
        self._listener = listener

    def record(self, kind: str, data: Mapping[str, Any] | None = None, *, cause: int | None = None) -> int:
        """Write one event and return its number. ``data`` must be JSON; times in it are media seconds."""
        event = JournalEvent(self._seq + 1, round(self._clock.now(), 6), kind, data or {}, cause)
        line = event.as_line()
        self._seq = event.seq
        try:
            self._sink.write(line)
        except OSError:
            # A full disk must not end the call: its listener still hears of every event.
            if not self._failed:
                log.exception("the journal could not be written", extra={"seq": event.seq})
            self._failed = True
        if self._listener is not None:
            self._listener(event)
        return event.seq

    def close(self) -> None:
        """Close the sink; later records are numbered and told but no longer written."""
        self._sink.close()


def rounded(seconds: float | None) -> float | None:
    """Return a media time as events carry it: to a tenth of a millisecond."""
    return None if seconds is None else round(seconds, 4)


def parse_line(line: bytes) -> JournalEvent | None:
    """Read one line, or return None when it is torn or its checksum is wrong."""
    checksum, _, body = line.rstrip(b"\n").partition(b" ")
    try:
        if len(checksum) != 8 or int(checksum, 16) != zlib.crc32(body):
            return None
        raw = json.loads(body)
        return JournalEvent(int(raw["seq"]), float(raw["at"]), str(raw["kind"]), dict(raw["data"]), raw["cause"])
    except (ValueError, KeyError, TypeError):
        return None


def read_journal(path: Path) -> Iterator[JournalEvent]:
    """Yield the events of a journal file up to the first line that is torn or damaged."""
    with path.open("rb") as file:
        for line in file:
            event = parse_line(line)
            if event is None:
                return
            yield event

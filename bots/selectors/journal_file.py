"""Reads a call's journal file for projection, where any line may be damaged and the last one torn."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bots.engine.core.journal import parse_line

JOURNAL_NAME = "journal.log"


@dataclass(slots=True)
class JournalFile:
    """The readable events of a journal file (as dictionaries) and what could not be read."""

    events: list[dict[str, Any]] = field(default_factory=list)
    damaged_lines: list[int] = field(default_factory=list)
    torn: bool = False

    @property
    def last_at(self) -> float:
        """Media seconds of the latest event, 0 for an empty journal."""
        return max((float(event["at"]) for event in self.events), default=0.0)

    def last_of(self, kind: str) -> dict[str, Any] | None:
        """The latest event of a kind."""
        return next((event for event in reversed(self.events) if event["kind"] == kind), None)


def _event_in(line: bytes) -> dict[str, Any] | None:
    try:
        event = parse_line(line)
    except RecursionError:
        return None
    if event is None:
        return None
    return {"seq": event.seq, "at": event.at, "kind": event.kind, "data": dict(event.data), "cause": event.cause}


def read_journal_file(path: Path) -> JournalFile:
    """Every intact event in the file, in order; damage is reported by line number (from 1), never raised.

    A file that does not exist is an empty journal: the call died before its first event.
    """
    journal = JournalFile()
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return journal
    lines = content.split(b"\n")
    tail = lines.pop()
    for number, line in enumerate(lines, start=1):
        event = _event_in(line)
        if event is None:
            journal.damaged_lines.append(number)
        else:
            journal.events.append(event)
    if tail:
        event = _event_in(tail)
        journal.torn = event is None
        if event is not None:
            journal.events.append(event)
    return journal

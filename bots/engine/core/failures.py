"""How failures of a call's parts enter its journal."""

from __future__ import annotations

from bots.engine.errors import EngineError, StartTimeout
from bots.engine.frames import ErrorFrame

from .journal import Journal


class FailureLog:
    """Writes one ``error`` event per failure, whatever form it came in."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def note_frame(self, frame: ErrorFrame) -> None:
        """Note an error frame that arrived at the source."""
        self._journal.record(
            "error",
            {"code": frame.code, "message": frame.error, "owner": frame.owner, "next_step": frame.next_step,
             "processor": frame.processor, "fatal": frame.fatal},
        )  # fmt: skip

    async def note_task(self, name: str, error: Exception) -> None:
        """Note what left a task, a start, a clean-up or an interruption hook."""
        known = error if isinstance(error, EngineError) else EngineError(f"A task of the call failed: {name}.")
        self.note(known, fatal=False)

    def note_late(self, who: str) -> None:
        """Note who was not ready in time."""
        self.note(StartTimeout(f"Not ready in time: {who}."), fatal=True)

    def note(self, error: EngineError, *, fatal: bool) -> None:
        """Note an error of the tree."""
        self._journal.record("error", {**error.as_data(), "fatal": fatal})

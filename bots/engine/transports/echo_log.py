"""What became of the bot's own voice in the microphone: one entry a stretch of echo (lessons T1, T4)."""

from __future__ import annotations

from bots.engine.audio.echo import EchoMatch
from bots.engine.core.journal import Journal, rounded

GAP_SECS = 0.5
"""Echo that comes back within this time is the same stretch."""

LEAST_SECS = 0.2
"""A shorter stretch would not have counted as speech."""


class EchoLog:
    """Gathers blocks of echo into stretches; each is decided as ``echo`` and never reaches anybody as speech."""

    def __init__(self) -> None:
        self._began: float | None = None
        self._ended = self._sounded = 0.0
        self._match = EchoMatch(0.0, 0.0)

    def note(self, journal: Journal, *, is_echo: bool, at: float, end: float, match: EchoMatch) -> None:
        """Take the verdict on one block, media seconds."""
        if is_echo:
            if self._began is None:
                self._began, self._sounded = at, 0.0
            self._ended = end
            self._sounded += end - at
            self._match = match
        elif self._began is not None and end - self._ended >= GAP_SECS:
            self.close(journal)

    def close(self, journal: Journal) -> None:
        """Write down the stretch that is over."""
        began, self._began = self._began, None
        if began is None or self._sounded < LEAST_SECS:
            return
        journal.record(
            "barge_in",
            {"decision": "ignore", "reason": "echo", "at": rounded(began), "held_ms": None,
             "delay_ms": round(self._match.delay * 1000, 1), "likeness": round(self._match.likeness, 3)},
        )  # fmt: skip
        journal.record(
            "user.utterance",
            {"at": rounded(began), "end": rounded(self._ended), "disposition": "echo", "reason": "echo", "turn": None},
        )

"""What became of each thing the caller said: one disposition an utterance, with its reason (lessons T1, T4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bots.engine.core.journal import Journal, rounded

Disposition = Literal["turn", "backchannel", "echo", "discarded"]
"""``turn``: answered. ``backchannel``: a sign of listening. ``echo``: the bot's own voice. ``discarded``: not used."""


@dataclass(slots=True)
class Utterance:
    """Speech from its onset to its last sound, in media seconds."""

    at: float | None
    end: float | None = None


class Utterances:
    """Utterances that have no disposition yet; each gets exactly one ``user.utterance`` event.

    Several belong together where the caller goes on before the text of the first has come: they are settled at once.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._open: list[Utterance] = []

    @property
    def waiting(self) -> bool:
        """Whether an utterance has no disposition yet."""
        return bool(self._open)

    def begin(self, at: float | None) -> None:
        """Note that the caller began to speak."""
        self._open.append(Utterance(at))

    def end(self, at: float | None) -> None:
        """Note where the caller fell silent."""
        if self._open:
            self._open[-1].end = at

    def settle(self, disposition: Disposition, reason: str, turn: int | None = None) -> None:
        """Give what waits its disposition; ``turn`` is the number of the turn that holds its text."""
        waiting, self._open = self._open, []
        for utterance in waiting:
            self._journal.record(
                "user.utterance",
                {"at": rounded(utterance.at), "end": rounded(utterance.end), "disposition": disposition,
                 "reason": reason, "turn": turn},
            )  # fmt: skip

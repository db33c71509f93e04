"""What is said while a function takes its time (FUNC-15, reliability section 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bots.engine.frames import TTSSpeakFrame

from .records import FunctionCall

if TYPE_CHECKING:
    from bots.engine.core.processor import FrameProcessor

_BY_LANGUAGE = {
    "de": "Einen Moment bitte.",
    "en": "One moment.",
    "es": "Un momento, por favor.",
    "fr": "Un instant, s'il vous plaît.",
    "it": "Un momento, per favore.",
    "nl": "Een moment alstublieft.",
    "pt": "Um momento, por favor.",
}
NEARLY_SILENT_S = 0.05


def filler_in(language: str) -> str:
    """Return the usual words in a language such as ``en-GB``; nothing for one that is not known."""
    return _BY_LANGUAGE.get(language.partition("-")[0].lower(), "")


class Filler:
    """Says a tool's filler, at most once a turn, and never over somebody who speaks."""

    def __init__(self, owner: FrameProcessor) -> None:
        self._owner = owner
        self._said_in = -1
        self.caller_speaks = False

    async def say(self, record: FunctionCall) -> None:
        """Say the filler of a call that takes long."""
        if record.registration is None or record.turn == self._said_in or self.caller_speaks or not self._silent():
            return
        self._said_in = record.turn
        await self._owner.push_frame(TTSSpeakFrame(record.registration.filler, append_to_context=False))

    def _silent(self) -> bool:
        ledger = self._owner.ledger
        return ledger.ahead_s < NEARLY_SILENT_S and all(
            segment.complete or segment.cut for reply in ledger.open_replies for segment in ledger.segments_of(reply.id)
        )

"""From what was played to the ledger: the words that were heard, pushed on as they are (DESIGN 1.3, SPCH-09)."""

from __future__ import annotations

from collections.abc import Callable

from bots.engine.core.ledger import Ledger, LedgerWord
from bots.engine.frames import Frame, FrameDirection, TTSStoppedFrame, TTSTextFrame

from .playout import Played, PlayoutQueue

DOWN = FrameDirection.DOWNSTREAM


class HeardWords:
    """Commits what was heard; ``out`` lines the words and frames up."""

    def __init__(self, ledger: Ledger, out: Callable[[Frame, FrameDirection | None], None]) -> None:
        self._ledger, self._out = ledger, out

    def note(self, played: Played, queue: PlayoutQueue) -> None:
        """Take a piece of a segment that was heard, or a frame whose turn has come."""
        segment, frame = played.segment, played.frame
        if segment is not None:
            for word in self._ledger.heard(segment, played.upto, played.at - played.upto):
                self._tell(word, segment)
        if isinstance(frame, TTSStoppedFrame) and frame.segment is not None:
            held = self._ledger.segment(frame.segment)
            if held is not None:
                for word in self._ledger.finish(frame.segment, played.at - held.heard_s):
                    self._tell(word, frame.segment)
                queue.forget(frame.segment)
        if frame is not None:
            self._out(frame, DOWN)

    def _tell(self, word: LedgerWord, segment: int) -> None:
        held = self._ledger.segment(segment)
        if held is None or held.text_frames:
            self._out(TTSTextFrame(word.text, False, segment, word.at, word.end, word.estimated), DOWN)

"""What callers were understood to say, on lines of their own (OBS-06)."""

from __future__ import annotations

from bots.engine.core.observer import BaseObserver
from bots.engine.core.processor import FrameProcessor
from bots.engine.frames import Frame, FrameDirection, InterimTranscriptionFrame, TranscriptionFrame
from bots.engine.services.stt import STTService

from .channel import said_channel
from .fields import shown


class TranscriptionLogObserver(BaseObserver):
    """Logs final and interim transcriptions that come from an :class:`STTService`, with the user's id (OBS-06).

    Lines hold what people said and go to :mod:`.channel` only.
    """

    patience_secs = None
    frame_types = (TranscriptionFrame, InterimTranscriptionFrame)

    def __init__(self) -> None:
        self._channel = said_channel()

    async def on_push_frame(
        self,
        src: FrameProcessor,
        dst: FrameProcessor | None,
        frame: Frame,
        direction: FrameDirection,
        timestamp: int,
    ) -> None:
        if not isinstance(src, STTService) or not isinstance(frame, TranscriptionFrame | InterimTranscriptionFrame):
            return
        kind = "TRANSCRIPTION" if isinstance(frame, TranscriptionFrame) else "INTERIM TRANSCRIPTION"
        line = f"💬 {src.name} → {kind}: {shown(frame.text)} from {shown(frame.user_id)}"
        self._channel.debug("%s at %.2fs", line, timestamp / 1e9)

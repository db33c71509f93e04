"""What callers were understood to say, on lines of their own (OBS-06)."""

from __future__ import annotations

from bots.engine.core.processor import FrameProcessor
from bots.engine.frames import Frame, FrameDirection, InterimTranscriptionFrame, TranscriptionFrame
from bots.engine.services.stt import STTService

from .channel import SaidLogObserver
from .fields import shown


class TranscriptionLogObserver(SaidLogObserver):
    """Logs final and interim transcriptions that come from an :class:`STTService`, with the user's id (OBS-06)."""

    frame_types = (TranscriptionFrame, InterimTranscriptionFrame)

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
        self.say(line, timestamp)

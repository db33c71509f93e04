"""Every millisecond between the caller's last sound and the bot's first (lessons T5).

Segments are contiguous: each begins where the one before it ended, so their sum is the measured whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bots.engine.core.observer import BaseObserver
from bots.engine.frames import (
    BotStartedSpeakingFrame,
    Frame,
    FrameDirection,
    LLMContextFrame,
    LLMTextFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    TTSStartedFrame,
    UserStoppedSpeakingFrame,
    UserTextFrame,
)

if TYPE_CHECKING:
    from bots.engine.core.processor import FrameProcessor

OWNERS = {"end_of_turn": "author", "stt": "provider", "llm": "provider", "sentence": "provider", "tts": "provider",
          "transport": "network"}  # fmt: skip
ORDER = tuple(OWNERS)


@dataclass(frozen=True, slots=True)
class TurnLatency:
    """Milliseconds from the end of the caller's voice (or the typed text) to the bot's first sample, in named parts."""

    total_ms: float
    segments: tuple[tuple[str, float], ...]

    def as_data(self) -> dict[str, object]:
        """Return what the journal and the clients carry."""
        parts = [{"name": name, "ms": round(ms, 1), "owner": OWNERS[name]} for name, ms in self.segments]
        return {"total_ms": round(self.total_ms, 1), "segments": parts, "sentence": self.sentence}

    @property
    def sentence(self) -> str:
        """Say in words where most of the time went."""
        if not self.segments:
            return ""
        name, ms = max(self.segments, key=lambda part: part[1])
        said = {
            "end_of_turn": "went into making sure the caller had finished (the bot's stop time)",
            "stt": "went into the final transcription",
            "llm": "was waiting for the model's first words",
            "sentence": "was waiting for the model to finish its first sentence",
            "tts": "went into the first sound of the voice",
            "transport": "went into sending the first sound",
        }[name]
        return f"{ms:.0f} of {self.total_ms:.0f} ms {said}."


class LatencyObserver(BaseObserver):
    """Follows a turn from the caller's silence to the bot's voice; emits ``on_turn_latency(latency)``."""

    frame_types = (
        UserStoppedSpeakingFrame, UserTextFrame, TranscriptionFrame, LLMContextFrame, LLMTextFrame, TTSStartedFrame,
        TTSAudioRawFrame, BotStartedSpeakingFrame,
    )  # fmt: skip

    def __init__(self) -> None:
        self._marks: dict[str, float] = {}
        self.last: TurnLatency | None = None

    async def on_push_frame(
        self,
        source: FrameProcessor,
        destination: FrameProcessor | None,
        frame: Frame,
        direction: FrameDirection,
        timestamp: int,
    ) -> None:
        now = timestamp / 1e9
        marks = self._marks
        if isinstance(frame, UserStoppedSpeakingFrame):
            begun = frame.last_voiced_at if frame.last_voiced_at is not None else now
            if marks.get("begun") != begun:
                self._marks = {"begun": begun, "end_of_turn": now}
        elif isinstance(frame, UserTextFrame):
            if "llm" in marks or "begun" not in marks:
                self._marks = {"begun": now, "end_of_turn": now, "stt": now}
        elif not marks:
            return
        elif isinstance(frame, TranscriptionFrame):
            marks["stt"] = now
        elif isinstance(frame, LLMContextFrame):
            marks.setdefault("stt", now)
        elif isinstance(frame, LLMTextFrame):
            marks.setdefault("llm", now)
        elif isinstance(frame, TTSStartedFrame):
            marks.setdefault("sentence", now)
        elif isinstance(frame, TTSAudioRawFrame):
            marks.setdefault("tts", now)
        elif isinstance(frame, BotStartedSpeakingFrame):
            await self._finish(frame.at if frame.at is not None else now)

    async def _finish(self, heard_at: float) -> None:
        marks, self._marks = self._marks, {}
        # Sound that arrives late on a held-up machine can seem to end after its answer began: that measures nothing.
        if "tts" not in marks or heard_at < marks["begun"]:
            return
        marks["transport"] = heard_at
        segments, at = [], marks["begun"]
        for name in ORDER:
            if name in marks:
                end = min(max(marks[name], at), heard_at)
                segments.append((name, (end - at) * 1000))
                at = end
        self.last = TurnLatency((heard_at - marks["begun"]) * 1000, tuple(segments))
        await self.emit("on_turn_latency", self.last)

    def take(self) -> TurnLatency | None:
        """Return the newest latency once."""
        latency, self.last = self.last, None
        return latency

"""Recognisers that stand in for each other without losing what was being said (PAR-05; P10, P11)."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence

from bots.engine.blocks.errors import positive
from bots.engine.core.processor import FrameProcessor
from bots.engine.frames import (
    Frame,
    FrameDirection,
    InputAudioRawFrame,
    InterimTranscriptionFrame,
    TranscriptionFrame,
    TTSSpeakFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)
from bots.engine.services.stt_errors import RecognitionTimeout

from .strategies import ServiceSwitcherStrategy, ServiceSwitcherStrategyFailover
from .switcher import ServiceSwitcher

DOWN = FrameDirection.DOWNSTREAM
Heard = InputAudioRawFrame | UserStartedSpeakingFrame | UserStoppedSpeakingFrame
HEARD = (InputAudioRawFrame, UserStartedSpeakingFrame, UserStoppedSpeakingFrame)
OWN_OUTPUT = (TranscriptionFrame, InterimTranscriptionFrame, TTSSpeakFrame)
"""What recognisers make; the same from elsewhere only passes by."""
PRE_ROLL_S, LONGEST_S = 0.5, 30.0


class RecognitionSwitcher(ServiceSwitcher):
    """Switches recognisers; the successor hears what the failed one did not answer (PAR-05).

    Of the utterance that is open, or whose final text did not come, sound and voice activity are kept, at most 30 s
    with half a second before the onset, and played to the successor at once. A recogniser that gives nothing within
    ``final_secs`` of the end of speech counts as failed (P11). Its apology is not spoken while another can answer.
    """

    def __init__(
        self,
        services: Sequence[FrameProcessor],
        strategy: ServiceSwitcherStrategy | None = None,
        *,
        final_secs: float = 3.0,
        start_secs: float = 2.0,
        name: str | None = None,
    ) -> None:
        super().__init__(services, strategy or ServiceSwitcherStrategyFailover(), start_secs=start_secs, name=name)
        self._final_secs = positive("final_secs", final_secs)
        self._kept: deque[Heard] = deque()
        self._kept_s = 0.0
        self._passing: deque[Frame] = deque(maxlen=32)
        self._unanswered = self._speaking = self._replaying = False
        self._failed_now: set[int] = set()
        self._late: asyncio.TimerHandle | None = None

    async def cleanup(self) -> None:
        self._stop_waiting()

    # -- what was heard -----------------------------------------------------------------------------------------------

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        if direction is DOWN and isinstance(frame, HEARD):
            self._keep(frame)
        elif isinstance(frame, OWN_OUTPUT):
            self._passing.append(frame)
        await super().process_frame(frame, direction)

    def _keep(self, frame: Heard) -> None:
        if isinstance(frame, UserStartedSpeakingFrame):
            if not self._unanswered:
                self._trim(PRE_ROLL_S)
            self._speaking = self._unanswered = True
            self._failed_now.clear()
            self._stop_waiting()
        elif isinstance(frame, UserStoppedSpeakingFrame):
            self._speaking = False
            self._wait()
        else:
            self._kept_s += _seconds(frame)
        self._kept.append(frame)
        self._trim(LONGEST_S if self._unanswered else PRE_ROLL_S)

    def _trim(self, seconds: float) -> None:
        while self._kept and (self._kept_s > seconds or not (self._unanswered or _is_audio(self._kept[0]))):
            oldest = self._kept.popleft()
            self._kept_s -= _seconds(oldest)

    def _answered(self) -> None:
        """Forget what was said; sound that goes on is kept as the beginning of what comes."""
        self._stop_waiting()
        self._unanswered = self._speaking
        self._failed_now.clear()
        if not self._speaking:
            self._kept = deque(frame for frame in self._kept if _is_audio(frame))
            self._trim(PRE_ROLL_S)

    # -- what is told -------------------------------------------------------------------------------------------------

    async def collect(self, frame: Frame, direction: FrameDirection, end: FrameProcessor) -> None:
        if self._replaying and isinstance(frame, HEARD):
            return
        own = isinstance(frame, OWN_OUTPUT) and not any(frame is other for other in self._passing)
        if own and direction is DOWN and end is self.tails[self._active]:
            if isinstance(frame, TranscriptionFrame):
                self._answered()
            elif isinstance(frame, InterimTranscriptionFrame) and not frame.text and not self._speaking:
                # Nothing was understood. An error may follow, so what was heard is still kept.
                self._stop_waiting()
        if own and isinstance(frame, TTSSpeakFrame) and self._another_can_answer():
            return
        await super().collect(frame, direction, end)

    def _another_can_answer(self) -> bool:
        return len(self._failed_now | {self._active}) < len(self.services)

    # -- time and failure ---------------------------------------------------------------------------------------------

    def _wait(self) -> None:
        self._stop_waiting()
        self._late = self.clock.call_later(
            self._final_secs, lambda: self.create_task(self._nothing_came(), f"{self.name} late text")
        )

    def _stop_waiting(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    async def _nothing_came(self) -> None:
        self._late = None
        if self._unanswered and not self._speaking:
            await self._tell(self._active, RecognitionTimeout("The recogniser did not answer in time."))

    async def switch_to(self, index: int, reason: str, *, failed: bool = False) -> None:
        """Let another recogniser hear; inside an utterance it hears all of it, else what was just before."""
        recovered = reason == "recovered"
        await super().switch_to(index, reason, failed=failed or (self._unanswered and not recovered))
        if recovered:
            await self._replay([frame for frame in self._kept if _is_audio(frame)])

    async def hand_over(self, before: int, index: int) -> None:
        """Let the successor hear what was not answered; each recogniser hears an utterance once."""
        await super().hand_over(before, index)
        self._failed_now.add(before)
        if not self._unanswered or index in self._failed_now:
            self._unanswered = self._speaking
            return
        await self._replay(list(self._kept))
        if not self._speaking:
            self._wait()

    async def _replay(self, frames: Sequence[Heard]) -> None:
        self._replaying = True
        try:
            for frame in frames:
                await self.heads[self._active].queue_frame(frame, DOWN)
        finally:
            self._replaying = False


def _seconds(frame: Heard) -> float:
    return len(frame.audio) / 2 / frame.sample_rate if isinstance(frame, InputAudioRawFrame) else 0.0


def _is_audio(frame: Heard) -> bool:
    return isinstance(frame, InputAudioRawFrame)

"""Recognisers that get one utterance at a time, cut by voice activity (SPCH-04)."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

from bots.engine.core.processor import handles
from bots.engine.errors import EngineError
from bots.engine.frames import InputAudioRawFrame, StartFrame, UserStartedSpeakingFrame, UserStoppedSpeakingFrame

from .stt import STTService, Transcript

PRE_ROLL_S = 0.32
RING_S = 2.0
BACKLOG = 3000


class UtteranceSTTService(STTService):
    """Drives a recogniser that gets one utterance at a time, cut by voice activity.

    Audio is kept for a moment so that an utterance begins 320 ms before its onset. Subclasses implement the three
    steps; they run in order in one task, so the audio path never waits for the recogniser.
    """

    ring_s: ClassVar[float] = RING_S
    pre_roll_s: ClassVar[float] = PRE_ROLL_S

    def __init__(self, **base: Any) -> None:
        super().__init__(**base)
        self._ring: deque[InputAudioRawFrame] = deque()
        self._ring_held = 0.0
        self._open = False
        self._onset: float | None = None
        self._steps: deque[Callable[[], Awaitable[None]]] = deque()
        self._wake = asyncio.Event()
        self._failed = False
        self._utterance = 0
        self._partial: tuple[int, str] | None = None

    @abstractmethod
    async def begin_utterance(self) -> None:
        """Get ready for a new utterance; an unfinished one is dropped."""

    @abstractmethod
    async def hear(self, pcm: bytes) -> None:
        """Take speech, s16le mono at the pipeline's input rate."""

    @abstractmethod
    async def finish_utterance(self) -> Transcript:
        """Return the final text."""

    async def start(self, frame: StartFrame) -> None:
        await super().start(frame)
        self.create_task(self._work(), f"{self.name} utterances")

    @handles(InputAudioRawFrame)
    async def on_audio(self, frame: InputAudioRawFrame) -> None:
        if self.muted:
            return
        if self._open:
            self._add(lambda: self.hear(frame.audio))
            return
        self._ring.append(frame)
        self._ring_held += len(frame.audio) / 2 / frame.sample_rate
        while self._ring_held > self.ring_s + 1e-9:
            oldest = self._ring.popleft()
            self._ring_held -= len(oldest.audio) / 2 / oldest.sample_rate

    def drop_utterance(self) -> bool:
        dropped, self._open = self._open, False
        self._utterance += dropped
        self._ring.clear()
        self._ring_held = 0.0
        return dropped

    @handles(UserStartedSpeakingFrame)
    async def on_user_started(self, frame: UserStartedSpeakingFrame) -> None:
        if self.muted:
            return
        self._open, self._onset, self._failed = True, frame.at, False
        since = None if frame.at is None else frame.at - self.pre_roll_s
        wanted = [f.audio for f in self._ring if since is None or f.at is None or f.at >= since]
        self._ring.clear()
        self._ring_held = 0.0
        self._add(self.begin_utterance)
        self._add(lambda: self.hear(b"".join(wanted)))

    @handles(UserStoppedSpeakingFrame)
    async def on_user_stopped(self, frame: UserStoppedSpeakingFrame) -> None:
        if not self._open:
            return
        self._open = False
        onset = self._onset
        await self.start_ttfb_metrics()
        self._add(lambda: self._finish(onset, frame.last_voiced_at))

    async def _finish(self, onset: float | None, end: float | None) -> None:
        await self.start_processing_metrics()
        try:
            transcript = await self.finish_utterance()
        except EngineError:
            await self.stop_processing_metrics()
            await self.say_sorry()
            raise
        finally:
            self._utterance += 1
        self.first_byte()
        await self.stop_request_metrics()
        await self.push_final(transcript, onset, end)

    def show_partial(self, text: str) -> None:
        """Push a partial text next, unless its utterance is over by then; for callbacks on the loop."""
        waiting, self._partial = self._partial is not None, (self._utterance, text)
        if not waiting:
            self._steps.appendleft(self._push_partial)
            self._wake.set()

    async def _push_partial(self) -> None:
        partial, self._partial = self._partial, None
        if partial is not None and partial[0] == self._utterance:
            await self.push_interim(partial[1])

    def _add(self, step: Callable[[], Awaitable[None]]) -> None:
        if len(self._steps) < BACKLOG:
            self._steps.append(step)
            self._wake.set()

    async def _work(self) -> None:
        while True:
            while self._steps:
                step = self._steps.popleft()
                try:
                    await step()
                except EngineError as error:
                    if not self._failed:
                        self._failed = True
                        await self.push_error(error.message, error)
                except Exception:
                    # The scope tells of it; the steps that follow are worked on by a successor.
                    self.create_task(self._work(), f"{self.name} utterances")
                    raise
            self._wake.clear()
            await self._wake.wait()

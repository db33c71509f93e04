"""Counts turns from the frames that mark them (OBS-07…09, CONF-02)."""

from __future__ import annotations

import asyncio
from collections import deque

from bots.engine.clock import BaseClock
from bots.engine.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    FrameDirection,
    StartFrame,
    UserStartedSpeakingFrame,
)

from .observer import BaseObserver
from .processor import FrameProcessor
from .scope import TaskScope
from .settings import seconds_above_zero


class TurnTrackingObserver(BaseObserver):
    """Emits ``on_turn_started(number)`` and ``on_turn_ended(number, duration, was_interrupted)``; seconds.

    Turn 1 begins with the pipeline. The bot's silence ends a turn after ``turn_end_timeout_secs`` (above 0) unless it
    speaks again; the caller's speech over the bot ends it as interrupted and begins the next at once (OBS-08). An
    instance with another timeout is passed among the task's observers, with ``enable_turn_tracking=False`` (OBS-09).
    """

    patience_secs = None
    frame_types = (StartFrame, UserStartedSpeakingFrame, BotStartedSpeakingFrame, BotStoppedSpeakingFrame)

    def __init__(self, turn_end_timeout_secs: float = 2.5) -> None:
        seconds_above_zero("turn_end_timeout_secs", turn_end_timeout_secs)
        self._timeout = turn_end_timeout_secs
        self._clock: BaseClock | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._scope: TaskScope | None = None
        # A frame is told once a hop, and other frames may pass between two hops of it.
        self._seen: deque[Frame] = deque(maxlen=16)
        self._began_at = 0.0
        self._open = False
        self._bot_speaks = False
        self._bot_spoke = False
        self.turn_number = 0

    def attach(self, clock: BaseClock, scope: TaskScope) -> None:
        """Take the call's clock and tasks."""
        self._clock, self._scope = clock, scope

    async def on_push_frame(
        self,
        src: FrameProcessor,
        dst: FrameProcessor | None,
        frame: Frame,
        direction: FrameDirection,
        timestamp: int,
    ) -> None:
        if direction is not FrameDirection.DOWNSTREAM or self._clock is None or any(frame is s for s in self._seen):
            return
        self._seen.append(frame)
        if isinstance(frame, StartFrame):
            await self._begin()
        elif isinstance(frame, UserStartedSpeakingFrame):
            if self._bot_speaks or self._bot_spoke:
                interrupted, self._bot_speaks = self._bot_speaks, False
                await self._end(interrupted=interrupted)
            await self._begin()
        elif isinstance(frame, BotStartedSpeakingFrame):
            self._bot_speaks = True
            self._disarm()
        elif self._bot_speaks:
            # The end of speech that was cut off belongs to the turn before and arms nothing.
            self._bot_speaks, self._bot_spoke = False, True
            self._disarm()
            self._timer = self._clock.call_later(self._timeout, self._time_out)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _time_out(self) -> None:
        if self._scope is not None:
            self._scope.spawn(self._end(interrupted=False), "turn end")

    async def _begin(self) -> None:
        if self._open or self._clock is None:
            return
        self.turn_number += 1
        self._open, self._bot_spoke, self._began_at = True, False, self._clock.now()
        await self.emit("on_turn_started", self.turn_number)

    async def _end(self, *, interrupted: bool) -> None:
        self._disarm()
        if self._open and self._clock is not None:
            self._open = False
            await self.emit("on_turn_ended", self.turn_number, self._clock.now() - self._began_at, interrupted)

    def close(self) -> None:
        """Stop the timer; called when the pipeline ends."""
        self._disarm()

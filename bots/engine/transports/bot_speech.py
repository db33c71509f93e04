"""When the bot is heard and when not, as everybody is told (CONF-20)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from bots.engine.core.processor import FrameProcessor
from bots.engine.frames import (
    BotSpeakingFrame,
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    FrameDirection,
)

from .playout import BLOCK_SECS

SPEAKING_EVERY = 10
"""Blocks of audio between two frames that say that the bot speaks."""


class BotSpeech:
    """The bot's speech between its first and its last sample; ``out`` lines frames up, both ways for None."""

    def __init__(
        self, owner: FrameProcessor, out: Callable[[Frame, FrameDirection | None], None], stop_secs: float
    ) -> None:
        self._owner, self._out, self._stop_secs = owner, out, stop_secs
        self._blocks = 0
        self._timer: asyncio.TimerHandle | None = None
        self.speaking = False
        self.end = 0.0
        """Media time at which the newest block of speech ends."""

    def sounds(self, due: float) -> None:
        """A block of speech is heard from media time ``due`` on."""
        if not self.speaking:
            self.speaking = True
            self._out(BotStartedSpeakingFrame(due), None)
            self._owner.journal.record("bot.started", {"at": round(due, 4)})
        self.end = due + BLOCK_SECS
        self._blocks += 1
        if self._blocks % SPEAKING_EVERY == 1:
            self._out(BotSpeakingFrame(), FrameDirection.UPSTREAM)
        self._owner.setup_data.progress()

    def stop(self, *, interrupted: bool, at: float) -> None:
        """The bot's last sample was heard at ``at``."""
        self.disarm()
        if self.speaking:
            self.speaking = False
            self._owner.journal.record("bot.stopped", {"at": round(at, 4), "interrupted": interrupted})
            self._out(BotStoppedSpeakingFrame(at, interrupted), None)

    def arm(self, when_quiet: Callable[[], None]) -> None:
        """Look again after ``stop_secs`` without audio."""
        if self.speaking and self._timer is None:
            self._timer = self._owner.clock.call_later(self._stop_secs, lambda: self._look(when_quiet))

    def _look(self, when_quiet: Callable[[], None]) -> None:
        self._timer = None
        when_quiet()

    def disarm(self) -> None:
        """There is audio again."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

"""Knowing when a node's first reply has been heard (FLOW-12)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import ClassVar

from bots.engine.core.observer import BaseObserver
from bots.engine.core.processor import FrameProcessor
from bots.engine.frames import (
    Frame,
    FrameDirection,
    InterruptionFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
)

Heard = Callable[[], Awaitable[None]]


class FirstReply(BaseObserver):
    """Waits for the model's next reply and calls back once it was played out or cut off.

    The end of a reply reaches `listener`, the processor behind the output, after its last audio; interruptions drop it.
    """

    patience_secs = None
    frame_types: ClassVar[tuple[type[Frame], ...] | None] = (
        LLMFullResponseStartFrame,
        LLMFullResponseEndFrame,
        InterruptionFrame,
    )

    def __init__(self, speaker: FrameProcessor, listener: FrameProcessor) -> None:
        self._speaker, self._listener = speaker, listener
        self._heard: Heard | None = None
        self._reply: int | None = None
        self._begun = False

    def wait(self, heard: Heard | None) -> None:
        """Call back after the next reply that begins; None stops waiting."""
        self._heard, self._reply, self._begun = heard, None, False

    async def on_push_frame(
        self,
        source: FrameProcessor,
        destination: FrameProcessor | None,
        frame: Frame,
        direction: FrameDirection,
        timestamp: int,
    ) -> None:
        if self._heard is None:
            return
        if isinstance(frame, LLMFullResponseStartFrame):
            if source is self._speaker and not self._begun:
                self._begun, self._reply = True, frame.reply
        elif isinstance(frame, LLMFullResponseEndFrame):
            if self._begun and frame.reply == self._reply and destination is self._listener:
                await self._done()
        elif self._begun:
            await self._done()

    async def _done(self) -> None:
        heard, self._heard = self._heard, None
        if heard is not None:
            await heard()

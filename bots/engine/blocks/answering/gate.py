"""Keeps the model from answering machines (lessons T17)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bots.engine.core.processor import FrameProcessor, handles
from bots.engine.frames import FrameDirection, LLMContextFrame

DOWN = FrameDirection.DOWNSTREAM


class AnswerGate(FrameProcessor):
    """Stands between the user aggregator and the model, and asks whether a turn is answered by the model.

    ``passes`` is awaited for each context that asks for a reply; what it refuses goes no further.
    """

    def __init__(self, passes: Callable[[], Awaitable[bool]], *, name: str | None = None) -> None:
        super().__init__(name=name)
        self._passes = passes

    @handles(LLMContextFrame, direction=DOWN, consume=True)
    async def on_context(self, frame: LLMContextFrame) -> None:
        if await self._passes():
            await self.push_frame(frame)

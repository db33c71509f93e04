"""The agent as its functions see it (LK-05)."""

from __future__ import annotations

import asyncio
from typing import Any

from bots.engine.core.processor import FrameProcessor
from bots.engine.frames import TTSSpeakFrame


class AgentSession:
    """State that lasts as long as the call, and a way to speak.

    ``processor`` stands before the voice in the call's pipeline: its model's service. Change ``userdata`` under
    ``lock`` where functions run side by side (LK-07): ``async with ctx.agent.lock: …``.
    """

    def __init__(self, processor: FrameProcessor, userdata: dict[str, Any] | None = None) -> None:
        self._processor = processor
        self.userdata: dict[str, Any] = {} if userdata is None else userdata
        self.lock = asyncio.Lock()

    async def say(self, text: str) -> None:
        """Say something now, without the model; what is heard of it enters the conversation (LK-05)."""
        if text.strip():
            await self._processor.push_frame(TTSSpeakFrame(text))

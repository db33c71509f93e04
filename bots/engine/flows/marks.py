"""Knowing that everything queued before a moment has been heard (FLOW-11, FLOW-12)."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from bots.engine.core.observer import BaseObserver
from bots.engine.core.processor import FrameProcessor
from bots.engine.core.task import PipelineTask
from bots.engine.frames import ControlFrame, Frame, FrameDirection, Uninterruptible
from bots.engine.frames.base import frame

LONGEST_SPEECH_S = 60.0


@frame
class FlowMarkFrame(ControlFrame, Uninterruptible):
    """Travels behind what is said; leaving the pipeline, it says that all before it was heard or cut off."""


class Marks(BaseObserver):
    """Sends marks through a task's pipeline and waits for them."""

    frame_types: ClassVar[tuple[type[Frame], ...] | None] = (FlowMarkFrame,)

    def __init__(self, task: PipelineTask, listener: FrameProcessor) -> None:
        self._task, self._listener = task, listener
        self._waiting: dict[Frame, asyncio.Event] = {}

    async def heard(self) -> None:
        """Return once all that was queued before is over, after a minute at the latest."""
        mark = FlowMarkFrame()
        arrived = self._waiting[mark] = asyncio.Event()
        await self._task.queue_frame(mark)
        try:
            async with asyncio.timeout(LONGEST_SPEECH_S):
                await arrived.wait()
        except TimeoutError:
            return
        finally:
            self._waiting.pop(mark, None)

    async def on_push_frame(
        self,
        source: FrameProcessor,
        destination: FrameProcessor | None,
        frame: Frame,
        direction: FrameDirection,
        timestamp: int,
    ) -> None:
        if (destination is None or destination is self._listener) and frame in self._waiting:
            self._waiting[frame].set()

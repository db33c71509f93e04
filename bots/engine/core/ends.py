"""The two ends of a pipeline: what arrives there is for the task."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from bots.engine.frames import (
    CancelTaskFrame,
    EndFrame,
    EndTaskFrame,
    ErrorFrame,
    FrameDirection,
    HeartbeatFrame,
    InterruptionTaskFrame,
)

from .processor import FrameProcessor, handles

UP, DOWN = FrameDirection.UPSTREAM, FrameDirection.DOWNSTREAM


class PipelineSource(FrameProcessor):
    """The first processor: queued frames enter here, requests to the task leave here."""

    waits = True

    def __init__(
        self,
        *,
        on_end: Callable[[str], None],
        on_cancel: Callable[[str], None],
        on_error: Callable[[ErrorFrame], None],
        on_interrupt: Callable[[str], Awaitable[None]],
    ) -> None:
        super().__init__(name="PipelineSource")
        self._on_end, self._on_cancel, self._on_error = on_end, on_cancel, on_error
        self._on_interrupt = on_interrupt

    @handles(EndTaskFrame, EndFrame, direction=UP)
    async def end_requested(self, frame: EndTaskFrame | EndFrame) -> None:
        """End gracefully; an end frame that travels upstream, as one guide shows, asks for the same (TASK-36)."""
        self._on_end(frame.reason or "")

    @handles(CancelTaskFrame, direction=UP)
    async def cancel_requested(self, frame: CancelTaskFrame) -> None:
        self._on_cancel(frame.reason or "")

    @handles(ErrorFrame, direction=UP)
    async def error_arrived(self, frame: ErrorFrame) -> None:
        self._on_error(frame)

    @handles(InterruptionTaskFrame, direction=UP)
    async def interruption_requested(self, frame: InterruptionTaskFrame) -> None:
        await self._on_interrupt(frame.reason)


class PipelineSink(FrameProcessor):
    """The last processor: the end and the heartbeats arrive here."""

    def __init__(self, *, on_end: Callable[[], None], on_heartbeat: Callable[[HeartbeatFrame], None]) -> None:
        super().__init__(name="PipelineSink")
        self._on_end, self._on_heartbeat = on_end, on_heartbeat

    @handles(EndFrame, direction=DOWN)
    async def end_arrived(self, frame: EndFrame) -> None:
        self._on_end()

    @handles(HeartbeatFrame, direction=DOWN)
    async def heartbeat_arrived(self, frame: HeartbeatFrame) -> None:
        self._on_heartbeat(frame)

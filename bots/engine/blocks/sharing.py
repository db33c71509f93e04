"""Frames handed from one branch of a pipeline to another (PAR-06…08)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import ClassVar

from bots.engine.core.processor import FrameProcessor, handles
from bots.engine.frames import (
    CancelFrame,
    DataFrame,
    EndFrame,
    Frame,
    FrameDirection,
    StartFrame,
    SystemFrame,
    Uninterruptible,
    frame,
)

from .errors import CHECK, BlockSettingWrong, function

Transformer = Callable[[Frame], Awaitable[Frame]]


async def identity_transformer(frame: Frame) -> Frame:
    """Return the frame as it is."""
    return frame


class ProducerProcessor(FrameProcessor):
    """Shares what ``filter`` (async, frame → bool) picks, after ``transformer``, with its consumers (PAR-06).

    With ``passthrough`` every frame also goes on as usual; without it those that were shared do not. The frames that
    begin and end a pipeline always go on. Raises ``block.setting``.
    """

    def __init__(
        self,
        filter: Callable[[Frame], Awaitable[bool]],
        transformer: Transformer = identity_transformer,
        passthrough: bool = True,
        *,
        name: str | None = None,
    ) -> None:
        super().__init__(name=name)
        function("filter", filter)
        function("transformer", transformer)
        CHECK.flags(passthrough=passthrough)
        self._filter, self._transformer, self._passthrough = filter, transformer, passthrough
        self._consumers: list[ConsumerProcessor] = []

    def add_consumer(self, consumer: ConsumerProcessor) -> None:
        """Share with one more consumer; a consumer does this itself."""
        self._consumers.append(consumer)

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        shared = False
        try:
            if await self._filter(frame):
                transformed = await self._transformer(frame)
                shared = True
                for consumer in self._consumers:
                    consumer.take(transformed)
        finally:
            if self._passthrough or not shared or isinstance(frame, StartFrame | EndFrame | CancelFrame):
                await self.push_frame(frame, direction)


@frame
class SharedFrame(DataFrame):
    """A frame on its way from a producer to a consumer; dropped by an interruption like what it carries."""

    content: Frame


@frame
class LastingSharedFrame(SharedFrame, Uninterruptible):
    """A shared frame that an interruption leaves in place, because it leaves its content in place."""


class ConsumerProcessor(FrameProcessor):
    """Lets the frames of one producer enter here, after its own ``transformer``, in ``direction`` (PAR-07).

    Frames wait in order and bounded; an interruption drops the data and control frames among them. The documented
    example turns the voice of one branch into the ears of another: ``TTSAudioRawFrame`` to ``InputAudioRawFrame``
    (PAR-08). What flows through the branch itself passes. Raises ``block.setting``.
    """

    waits: ClassVar[bool] = True

    def __init__(
        self,
        producer: ProducerProcessor,
        transformer: Transformer = identity_transformer,
        direction: FrameDirection = FrameDirection.DOWNSTREAM,
        *,
        name: str | None = None,
    ) -> None:
        super().__init__(name=name)
        if not isinstance(producer, ProducerProcessor):
            raise BlockSettingWrong("producer must be a ProducerProcessor.")
        if not isinstance(direction, FrameDirection):
            raise BlockSettingWrong("direction must be a FrameDirection.")
        function("transformer", transformer)
        self._transformer, self._direction = transformer, direction
        producer.add_consumer(self)

    def take(self, frame: Frame) -> None:
        """Take a frame of the producer; it enters the pipeline when those before it have."""
        if self.inbox is not None:
            lasts = isinstance(frame, SystemFrame | Uninterruptible)
            self.inbox.put(LastingSharedFrame(frame) if lasts else SharedFrame(frame), FrameDirection.DOWNSTREAM)

    @handles(SharedFrame, direction=FrameDirection.DOWNSTREAM, consume=True)
    async def on_shared(self, frame: SharedFrame) -> None:
        await self.push_frame(await self._transformer(frame.content), self._direction)

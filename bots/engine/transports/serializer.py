"""Between our frames and the messages of a media stream (TEL-10); pure, one object a stream."""

from __future__ import annotations

from abc import ABC, abstractmethod
from enum import Enum

from bots.engine.frames import Frame, StartFrame


class FrameSerializerType(Enum):
    """What kind of socket messages a serializer makes."""

    TEXT = "text"
    BINARY = "binary"


class FrameSerializer(ABC):
    """Translates; it holds no connection and waits for nothing. None means: nothing to send, nothing to tell."""

    @property
    @abstractmethod
    def type(self) -> FrameSerializerType:
        """Whether messages are text or bytes."""

    async def setup(self, frame: StartFrame) -> None:  # noqa: B027 (most need nothing)
        """Learn the pipeline's rates."""

    @abstractmethod
    async def serialize(self, frame: Frame) -> str | bytes | None:
        """Return the message for a frame."""

    @abstractmethod
    async def deserialize(self, data: str | bytes) -> Frame | None:
        """Return the frame of a message; never raises for what a message holds (reliability C9)."""

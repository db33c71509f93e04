"""Frames on their way out of the output transport, pushed by one task in the order in which they were lined up."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from bots.engine.frames import Frame, FrameDirection

DOWN, UP = FrameDirection.DOWNSTREAM, FrameDirection.UPSTREAM


class Outgoing:
    """A line of frames; ``up`` and ``down`` push one."""

    def __init__(self, *, up: Callable[[Frame], Awaitable[None]], down: Callable[[Frame], Awaitable[None]]) -> None:
        self._up, self._down = up, down
        self._frames: deque[tuple[Frame, FrameDirection | None]] = deque()
        self._wake = asyncio.Event()

    def __bool__(self) -> bool:
        return bool(self._frames)

    def put(self, frame: Frame, direction: FrameDirection | None) -> None:
        """Line a frame up to be pushed: both ways when ``direction`` is None."""
        self._frames.append((frame, direction))
        self._wake.set()

    async def run(self) -> None:
        """Push what is lined up, for as long as the call lasts."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self.push_all()

    async def push_all(self) -> None:
        """Push everything that is lined up now."""
        while self._frames:
            frame, direction = self._frames.popleft()
            if direction is not DOWN:
                await self._up(frame)
            if direction is not UP:
                await self._down(frame)

    def clear(self) -> None:
        """Forget what was lined up."""
        self._frames.clear()

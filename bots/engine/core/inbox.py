"""The bounded queue of a processor that must wait, and the one worker that empties it (DESIGN section 4)."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable

from bots.engine.frames import Frame, FrameDirection, HeartbeatFrame, Uninterruptible

from .journal import Journal
from .scope import TaskScope

log = logging.getLogger(__name__)

LIMIT = 4096


class Inbox:
    """Frames in order, at most :data:`LIMIT`; a full one drops the oldest frame that an interruption would drop too."""

    def __init__(
        self,
        owner: str,
        deliver: Callable[[Frame, FrameDirection], Awaitable[None]],
        *,
        scope: TaskScope,
        journal: Journal,
        progress: Callable[[], None],
    ) -> None:
        self._owner, self._deliver = owner, deliver
        self._scope, self._journal, self._progress = scope, journal, progress
        self._frames: deque[tuple[Frame, FrameDirection]] = deque()
        self._wake = asyncio.Event()
        self._current: Frame | None = None
        self._worker: asyncio.Task[None] | None = None
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._frames)

    @property
    def idle(self) -> bool:
        """Whether nothing waits and nothing is being worked on."""
        return self._current is None and not self._frames

    def _start(self) -> None:
        """Start the worker, at the first frame; the watchdog leaves it alone: an empty inbox has nothing to report."""
        self._worker = self._scope.spawn(self._work(), f"{self._owner} inbox")

    def put(self, frame: Frame, direction: FrameDirection) -> None:
        """Append a frame."""
        if len(self._frames) >= LIMIT:
            self._drop_oldest()
        self._frames.append((frame, direction))
        self._wake.set()
        if self._worker is None:
            self._start()

    def _drop_oldest(self) -> None:
        for index, (frame, _) in enumerate(self._frames):
            if not isinstance(frame, Uninterruptible):
                del self._frames[index]
                break
        else:
            self._frames.popleft()
        self.dropped += 1
        if self.dropped == 1:
            self._journal.record(
                "error",
                {"code": "pipeline.overflow", "message": f"{self._owner} could not keep up; frames were dropped.",
                 "owner": "us", "next_step": "Look at what this processor waits for.", "fatal": False},
            )  # fmt: skip

    def empty(self) -> list[tuple[Frame, FrameDirection]]:
        """Take out what waits; work that is under way goes on."""
        waiting = list(self._frames)
        self._frames.clear()
        return waiting

    def interrupt(self) -> None:
        """Drop what an interruption drops and stop the work on it at once."""
        self._frames = deque(item for item in self._frames if isinstance(item[0], Uninterruptible))
        if self._current is not None and not isinstance(self._current, Uninterruptible) and self._worker is not None:
            if self._worker is asyncio.current_task():
                return
            self._worker.cancel()
            self._worker = self._current = None
            if self._frames:
                self._start()

    async def _work(self) -> None:
        deliver, progress = self._deliver, self._progress
        mine = asyncio.current_task()
        while True:
            while self._frames:
                frame, direction = self._frames.popleft()
                self._current = frame
                await deliver(frame, direction)
                if self._worker is not mine:
                    return
                self._current = None
                if frame.__class__ is not HeartbeatFrame:
                    progress()
            self._wake.clear()
            await self._wake.wait()

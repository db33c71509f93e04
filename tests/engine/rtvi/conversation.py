"""A pipeline with a scripted client at both ends, run in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

from bots.engine.core.journal import Journal
from bots.engine.core.observer import BaseObserver
from bots.engine.core.pipeline import Pipeline
from bots.engine.core.processor import FrameProcessor
from bots.engine.core.task import PipelineTask
from bots.engine.frames import Frame, FrameDirection
from bots.engine.rtvi import RTVIObserver, RTVIProcessor
from bots.engine.testing.client import JS, ScriptedClient
from bots.engine.testing.loop import run_virtual

T = TypeVar("T")


class FrameLog(BaseObserver):
    """Keeps every frame once, in order."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []

    async def on_push_frame(
        self,
        source: FrameProcessor,
        destination: FrameProcessor | None,
        frame: Frame,
        direction: FrameDirection,
        timestamp: int,
    ) -> None:
        if not any(frame is known for known in self.frames):
            self.frames.append(frame)

    def of(self, kind: type[T]) -> list[T]:
        """Return the frames of a class."""
        return [frame for frame in self.frames if isinstance(frame, kind)]


class Actor(FrameProcessor):
    """Stands where model, voice and output stand; the test tells it what to push."""


class Conversation:
    """One call: ``client``, ``rtvi``, ``actor`` in the middle, ``task`` around them."""

    def __init__(
        self, ready_data: Mapping[str, Any] | None, middle: Sequence[FrameProcessor], observe: Observe | None = None
    ) -> None:
        self.client = ScriptedClient(ready_data)
        self.rtvi = RTVIProcessor()
        self.actor = Actor()
        self.log = FrameLog()
        self.kinds: list[str] = []
        self.rejected: list[str] = []
        self.pipeline = Pipeline([self.client.input, self.rtvi, self.actor, *middle, self.client.output])
        self.task = PipelineTask(
            self.pipeline,
            observers=[*(observe(self) if observe else [RTVIObserver(self.rtvi)]), self.log],
            idle_timeout_secs=None,
            check_dangling_tasks=False,
        )
        self.journal: Journal = self.task.journal
        self.journal.listen(self._note)

    def _note(self, event: Any) -> None:
        self.kinds.append(event.kind)
        if event.kind == "input.rejected":
            self.rejected.append(event.data["code"])

    async def push(self, *frames: Frame) -> None:
        """Let the actor push frames downstream."""
        for frame in frames:
            await self.actor.push_frame(frame)

    async def settle(self) -> None:
        """Let everything that is due happen."""
        await asyncio.sleep(0.01)


Observe = Callable[[Conversation], Sequence[BaseObserver]]
"""Makes what stands in the place of the RTVI observer."""


def code_of(message: dict[str, Any]) -> str:
    """Return the code of an error response."""
    assert message["type"] == "error-response", message
    return str(message["data"]["code"])


def converse(
    script: Callable[[Conversation], Awaitable[T]],
    *,
    ready_data: Mapping[str, Any] | None = JS,
    middle: Sequence[FrameProcessor] = (),
    observe: Observe | None = None,
) -> T:
    """Run a call until the script is over and return what the script returns."""

    async def main() -> T:
        conversation = Conversation(ready_data, middle, observe)
        running = asyncio.create_task(conversation.task.run())
        await asyncio.sleep(0.01)
        try:
            return await script(conversation)
        finally:
            await conversation.task.cancel()
            await running

    return run_virtual(main())

"""A model's service in a call of its own: what the caller hears, what the journal says."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from bots.engine.clock import SystemClock
from bots.engine.context.context import LLMContext
from bots.engine.core.journal import Journal, JournalEvent
from bots.engine.core.params import PipelineParams
from bots.engine.core.pipeline import Pipeline
from bots.engine.core.processor import FrameProcessor, handles
from bots.engine.core.task import PipelineTask
from bots.engine.frames import (
    FunctionCallsStartedFrame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMTextFrame,
    LLMTokenUsage,
    LLMUsageMetricsData,
    MetricsFrame,
)
from bots.engine.services.llm import LLMService

LIMIT = 10.0
QUESTION = "What is the capital of Peru?"


class Ear(FrameProcessor):
    """Collects what the model says, calls and counts."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.called: list[tuple[str, dict[str, Any]]] = []
        self.tokens: list[LLMTokenUsage] = []
        self.ends = 0
        self._ended = asyncio.Event()

    @handles(LLMTextFrame)
    async def on_text(self, frame: LLMTextFrame) -> None:
        self.said.append(frame.text)

    @handles(FunctionCallsStartedFrame)
    async def on_calls(self, frame: FunctionCallsStartedFrame) -> None:
        self.called += [(call.function_name, dict(call.arguments)) for call in frame.function_calls]

    @handles(MetricsFrame)
    async def on_metrics(self, frame: MetricsFrame) -> None:
        self.tokens += [data.value for data in frame.data if isinstance(data, LLMUsageMetricsData)]

    @handles(LLMFullResponseEndFrame)
    async def on_end(self, frame: LLMFullResponseEndFrame) -> None:
        self.ends += 1
        self._ended.set()

    async def hear(self, replies: int) -> None:
        """Wait until so many replies are complete."""
        async with asyncio.timeout(LIMIT):
            while self.ends < replies:
                self._ended.clear()
                await self._ended.wait()


@dataclass(slots=True)
class Call:
    """What a call has come to."""

    ear: Ear
    events: list[JournalEvent] = field(default_factory=list)

    @property
    def said(self) -> str:
        return "".join(self.ear.said)

    @property
    def codes(self) -> list[str]:
        return [str(event.data["code"]) for event in self.events if event.kind == "error"]

    @property
    def finishes(self) -> list[str]:
        return [str(event.data["finish"]) for event in self.events if event.kind == "bot.llm_stopped"]


Act = Callable[[PipelineTask], Awaitable[None]]


def question(*messages: dict[str, Any], **options: Any) -> LLMContext:
    return LLMContext(list(messages) or [{"role": "user", "content": QUESTION}], **options)


async def in_a_call(
    service: LLMService, *contexts: LLMContext, act: Act | None = None, around: tuple[Any, Any] | None = None
) -> Call:
    """Ask for each context in turn, in real time; ``around`` are the aggregators, if there are any."""
    clock = SystemClock()
    journal = Journal(clock)
    call = Call(Ear())
    journal.listen(call.events.append)
    before, behind = around or (None, None)
    parts = [part for part in (before, service, call.ear, behind) if part is not None]
    task = PipelineTask(
        Pipeline(parts), clock=clock, journal=journal, idle_timeout_secs=None,
        params=PipelineParams(enable_metrics=True, enable_usage_metrics=True, send_initial_empty_metrics=False),
    )  # fmt: skip
    running = asyncio.create_task(task.run())
    try:
        for number, context in enumerate(contexts or (question(),), 1):
            await task.queue_frame(LLMContextFrame(context))
            if act is not None:
                async with asyncio.timeout(LIMIT):
                    await act(task)
            await call.ear.hear(number)
    finally:
        await task.cancel()
        await running
    return call

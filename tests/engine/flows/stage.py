"""A pipeline with a flow over it: a model that plays prepared replies, and a voice that takes a second a reply."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from bots.engine.clock import SystemClock
from bots.engine.context.context import LLMContext
from bots.engine.core.journal import Journal, MemorySink, parse_line
from bots.engine.core.pipeline import Pipeline
from bots.engine.core.processor import FrameProcessor, handles
from bots.engine.core.task import PipelineTask
from bots.engine.flows import FlowManager, FlowsFunctionSchema, NodeConfig
from bots.engine.frames import (
    FrameDirection,
    LLMFullResponseEndFrame,
    LLMTextFrame,
    TTSSpeakFrame,
    UserTextFrame,
)
from bots.engine.services.llm import LLMService
from bots.engine.services.llm_events import Finished, LLMEvent, TextDelta, ToolCallDelta
from bots.engine.testing.loop import run_virtual
from bots.engine.turns.pair import LLMContextAggregatorPair

DOWN = FrameDirection.DOWNSTREAM


class Player(LLMService):
    """Plays prepared replies: a text, or a list of (function, arguments text)."""

    def __init__(self, *replies: Any, summary: str | None = None) -> None:
        super().__init__()
        self.replies = list(replies)
        self.asked: list[tuple[list[dict[str, Any]], list[str]]] = []
        self.summary, self.summing_s = summary, 0.0

    async def stream(self, context: LLMContext) -> AsyncIterator[LLMEvent]:  # type: ignore[override]
        tools = [schema.name for schema in context.tools.schemas] if context.tools else []
        self.asked.append((context.get_messages(), tools))
        reply = self.replies.pop(0) if self.replies else "Well."
        if isinstance(reply, str):
            yield TextDelta(reply)
        else:
            for index, (name, arguments) in enumerate(reply):
                yield ToolCallDelta(index, f"id{len(self.asked)}{index}", name, arguments)
        yield Finished()

    async def run_inference(  # type: ignore[override]
        self, context: LLMContext, max_tokens: int | None = None, system_instruction: str | None = None
    ) -> str | None:
        assert system_instruction
        await asyncio.sleep(self.summing_s)
        if self.summary == "broken":
            raise ValueError(self.summary)
        return self.summary


class Speaker(FrameProcessor):
    """Says each reply at once and takes a second to be heard."""

    waits = True

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._text = ""

    @handles(LLMTextFrame, direction=DOWN, consume=True)
    async def on_text(self, frame: LLMTextFrame) -> None:
        self._text += frame.text

    @handles(TTSSpeakFrame, direction=DOWN, consume=True)
    async def on_speak(self, frame: TTSSpeakFrame) -> None:
        self.said.append(frame.text)

    @handles(LLMFullResponseEndFrame, direction=DOWN)
    async def on_end(self, frame: LLMFullResponseEndFrame) -> None:
        if self._text and frame.reply is not None:
            self.ledger.plan(frame.reply, self._text, spoken=False)
            self.said.append(self._text)
            self._text = ""
            await self.clock.sleep(1)


class Stage:
    """A running pipeline with a flow over it."""

    def __init__(self, llm: Player, **options: Any) -> None:
        self.llm, self.speaker = llm, Speaker()
        self.context = LLMContext([{"role": "system", "content": "Be kind."}])
        self.pair = LLMContextAggregatorPair(self.context)
        clock = SystemClock()
        self.sink = MemorySink()
        self.task = PipelineTask(
            Pipeline([self.pair.user(), llm, self.speaker, self.pair.assistant()]),
            clock=clock,
            journal=Journal(clock, self.sink),
        )
        self.flow = FlowManager(self.task, llm, self.pair, **options)

    async def hear(self, text: str) -> None:
        await self.task.queue_frame(UserTextFrame(text))
        await asyncio.sleep(3)

    def events(self, kind: str) -> list[Any]:
        """The data of the journal's events of a kind."""
        events = [parse_line(line) for line in self.sink.lines]
        return [event.data for event in events if event is not None and event.kind == kind]

    @property
    def moves(self) -> list[tuple[Any, Any]]:
        return [(data["from"], data["to"]) for data in self.events("flow.moved")]


def perform(llm: Player, play: Callable[[Stage], Awaitable[None]], **options: Any) -> Stage:
    """Run a pipeline while the play acts on it."""

    async def main() -> Stage:
        stage = Stage(llm, **options)
        running = asyncio.create_task(stage.task.run())
        await asyncio.sleep(0.1)
        try:
            await play(stage)
        finally:
            if not stage.task.has_finished():
                await stage.task.cancel()
            await running
        return stage

    return run_virtual(main())


def node(text: str, **rest: Any) -> NodeConfig:
    return NodeConfig(task_messages=[{"role": "system", "content": text}], **rest)


def edge(name: str, result: Any, target: Any) -> FlowsFunctionSchema:
    async def handler(args: Any, flow: FlowManager) -> Any:
        flow.state.setdefault("seen", []).append((name, dict(args)))
        return result, target

    return FlowsFunctionSchema(name, f"Do {name}.", {"colour": {"type": "string"}}, [], handler)


def texts(messages: list[dict[str, Any]]) -> list[Any]:
    return [message["content"] for message in messages if message["role"] == "system"]

"""A pipeline with one tool, and everything that can happen to a call of it."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

from bots.engine.clock import SystemClock
from bots.engine.context.context import LLMContext
from bots.engine.core.journal import Journal, MemorySink, parse_line
from bots.engine.core.pipeline import Pipeline
from bots.engine.core.processor import FrameProcessor, handles
from bots.engine.core.task import PipelineTask
from bots.engine.frames import (
    FunctionCallCancelFrame,
    FunctionCallFromLLM,
    FunctionCallInProgressFrame,
    FunctionCallResultFrame,
    FunctionCallsStartedFrame,
)
from bots.engine.testing.tapes import TapeLLM
from bots.engine.tools.registry import FunctionCallParams
from bots.engine.turns.assistant import LLMAssistantAggregator

FINAL = ("tool.finished", "tool.failed", "tool.cancelled")


class Passing(FrameProcessor):
    """Stands behind the model; holds frames of calls back where a slow processor would."""

    def __init__(self, delay: float) -> None:
        super().__init__()
        self.delay = delay
        self.seen: list[str] = []

    @handles(
        FunctionCallsStartedFrame, FunctionCallInProgressFrame, FunctionCallResultFrame, FunctionCallCancelFrame
    )  # fmt: skip
    async def see(self, frame: Any) -> None:
        self.seen.append(type(frame).__name__)
        if self.delay and isinstance(frame, FunctionCallsStartedFrame | FunctionCallInProgressFrame):
            await self.clock.sleep(self.delay)


class World:
    """One call of a tool, and everything that can happen to it."""

    def __init__(self, *, cancellable: bool, in_parallel: bool, slow: float, stubborn: bool) -> None:
        self.clock = SystemClock(seed=1)
        self.sink = MemorySink()
        self.context = LLMContext()
        self.llm = TapeLLM(run_in_parallel=in_parallel)
        self.behind = Passing(slow)
        self.assistant = LLMAssistantAggregator(self.context)
        self.go, self.params = asyncio.Event(), asyncio.Event()
        self.held: FunctionCallParams | None = None
        self.effects = self.steps = 0
        self.stubborn = stubborn
        self.llm.register_function("act", self.handler, cancel_on_interruption=cancellable, timeout_s=5.0)
        self.task = PipelineTask(
            Pipeline([self.llm, self.behind, self.assistant]),
            clock=self.clock,
            journal=Journal(self.clock, self.sink),
            idle_timeout_secs=None,
        )

    async def handler(self, params: FunctionCallParams) -> None:
        self.held = params
        self.params.set()
        while not self.go.is_set():
            try:
                await self.go.wait()
            except asyncio.CancelledError:
                if not self.stubborn:
                    raise
        self.effects += 1
        await params.progress_callback("done")
        await asyncio.Event().wait()

    async def do(self, action: str, requests: list[asyncio.Task[None]]) -> None:
        if action == "request":
            call = FunctionCallFromLLM("act", "call-1", {"n": 1}, self.context)
            requests.append(asyncio.create_task(self.llm.run_function_calls([call])))
            await asyncio.sleep(0)
        elif action == "steps":
            for _ in range(self.steps):
                await asyncio.sleep(0)
        elif action == "start":
            await self.clock.sleep(0.05)
        elif action == "progress":
            self.go.set()
            await asyncio.sleep(0)
        elif action == "result" and self.held is not None:
            await self.held.result_callback({"done": True})
        elif action == "cancel":
            for request in requests:
                request.cancel()
        elif action == "interrupt":
            await self.task.interrupt()
        elif action == "timeout":
            await self.clock.sleep(5.1)

    def llm_journal(self) -> Journal:
        """A journal into this world's sink, for another task."""
        return Journal(self.clock, self.sink)

    @property
    def events(self) -> list[Any]:
        return [event for line in self.sink.lines if (event := parse_line(line)) is not None]


async def play(world: World, order: Sequence[str]) -> None:
    running = asyncio.create_task(world.task.run())
    while world.task.state != "running":
        await world.clock.sleep(0.01)
    requests: list[asyncio.Task[None]] = []
    for action in order:
        await world.do(action, requests)
    await world.clock.sleep(12.0)
    tool = [event for event in world.events if event.kind.startswith("tool.")]
    finals = [event for event in tool if event.kind in FINAL]
    assert len(finals) == 1 and requests, [event.kind for event in tool]
    assert tool[0].kind == "tool.started"
    assert world.effects <= 1
    assert world.llm._runner.running == []
    assert world.assistant._pending == set()
    results = [message for message in world.context.messages if message["role"] == "tool"]
    assert [message["tool_call_id"] for message in results] == ["call-1"]
    assert world.behind.seen.count("FunctionCallResultFrame") + bool(finals[0].kind == "tool.cancelled") == 1
    kinds = [event.kind for event in tool]
    assert "tool.progress" not in kinds[kinds.index(finals[0].kind) :], kinds
    if world.held is None:
        assert world.effects == 0
    if finals[0].kind == "tool.finished":
        assert json.loads(results[0]["content"]) == {"done": True}
    await world.task.cancel()
    outcome = await running
    assert outcome.forced == () or world.stubborn


async def in_a_pipeline(world: World, body: Any) -> list[Any]:
    running = asyncio.create_task(world.task.run())
    while world.task.state != "running":
        await world.clock.sleep(0.01)
    await body()
    await world.task.cancel()
    await running
    return world.events


def quiet_world(**changes: Any) -> World:
    return World(**{"cancellable": True, "in_parallel": True, "slow": 0.0, "stubborn": False} | changes)


def calls(*ids: str, name: str = "act") -> list[FunctionCallFromLLM]:
    return [FunctionCallFromLLM(name, call_id, {"id": call_id}, LLMContext()) for call_id in ids]

"""A function call is never stuck and never runs twice, whatever comes first (FUNC-09…17, lessons T3, idea 10)."""

import asyncio
import itertools
import json
from collections.abc import Sequence
from typing import Any

import pytest

from bots.engine.clock import SystemClock
from bots.engine.context.context import LLMContext
from bots.engine.core.journal import Journal, MemorySink, parse_line
from bots.engine.core.pipeline import Pipeline
from bots.engine.core.processor import FrameProcessor, handles
from bots.engine.core.task import PipelineTask
from bots.engine.frames import (
    FrameDirection,
    FunctionCallCancelFrame,
    FunctionCallFromLLM,
    FunctionCallInProgressFrame,
    FunctionCallResultFrame,
    FunctionCallsStartedFrame,
    LLMContextFrame,
)
from bots.engine.testing.loop import run_virtual
from bots.engine.testing.tapes import TapeLLM
from bots.engine.tools.registry import FunctionCallParams
from bots.engine.turns.assistant import LLMAssistantAggregator

pytestmark = pytest.mark.property

ACTIONS = ("start", "progress", "result", "cancel", "interrupt", "timeout")
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
        self.effects = 0
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
        await asyncio.Event().wait()

    async def do(self, action: str, requests: list[asyncio.Task[None]]) -> None:
        if action == "request":
            call = FunctionCallFromLLM("act", "call-1", {"n": 1}, self.context)
            requests.append(asyncio.create_task(self.llm.run_function_calls([call])))
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
    assert len(finals) == len(requests) == 1, [event.kind for event in tool]
    assert tool[0].kind == "tool.started"
    assert world.effects <= 1
    assert world.llm._runner.running == []
    assert world.assistant._pending == set()
    results = [message for message in world.context.messages if message["role"] == "tool"]
    assert [message["tool_call_id"] for message in results] == ["call-1"]
    assert world.behind.seen.count("FunctionCallResultFrame") + bool(finals[0].kind == "tool.cancelled") == 1
    if finals[0].kind == "tool.finished":
        assert json.loads(results[0]["content"]) == {"done": True}
    await world.task.cancel()
    outcome = await running
    assert outcome.forced == () or world.stubborn


# What comes before the request finds nothing to act on.
ORDERS = [("request", *order) for order in itertools.permutations(ACTIONS)]


@pytest.mark.parametrize("stubborn", [False, True], ids=["obedient", "stubborn"])
@pytest.mark.parametrize("cancellable", [True, False], ids=["cancellable", "kept"])
def test_every_order_of_events_ends_in_one_final_state(cancellable: bool, stubborn: bool) -> None:
    assert len(ORDERS) == 720

    async def main() -> None:
        for number, order in enumerate(ORDERS):
            world = World(
                cancellable=cancellable,
                in_parallel=number % 2 == 0,
                slow=(0.0, 0.02, 0.3)[number % 3],
                stubborn=stubborn,
            )
            try:
                await play(world, order)
            except AssertionError as error:
                raise AssertionError(f"{order}: {error}") from error

    run_virtual(main())


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


def test_the_same_call_id_does_not_run_again() -> None:
    async def main() -> None:
        world = quiet_world()
        world.go.set()

        async def body() -> None:
            await world.llm.run_function_calls(calls("a", "a"))
            await world.llm.run_function_calls(calls("a"))
            await world.clock.sleep(6)
            await world.llm.run_function_calls(calls("a"))
            await world.clock.sleep(1)

        events = await in_a_pipeline(world, body)
        assert world.effects == 1
        assert [event.kind for event in events].count("tool.started") == 1

    run_virtual(main())


def test_a_result_that_is_not_json_is_an_error_result_and_not_a_stuck_call() -> None:
    async def main() -> None:
        world = quiet_world()

        async def odd(params: FunctionCallParams) -> None:
            await params.result_callback({"at": object()})

        world.llm.register_function("odd", odd)

        async def body() -> None:
            await world.llm.run_function_calls(calls("a", name="odd"))
            await world.clock.sleep(1)

        events = await in_a_pipeline(world, body)
        assert [event.data["code"] for event in events if event.kind == "tool.failed"] == ["tool.bad_result"]
        assert world.assistant._pending == set()

    run_virtual(main())


def test_an_unknown_function_gets_an_error_result_so_that_the_context_stays_whole() -> None:  # FUNC-10
    async def main() -> None:
        world = quiet_world()

        async def body() -> None:
            await world.llm.run_function_calls(calls("a", name="nobody"))
            await world.clock.sleep(1)

        events = await in_a_pipeline(world, body)
        assert [event.data["code"] for event in events if event.kind == "tool.failed"] == ["tool.unknown"]
        assert [message["role"] for message in world.context.messages] == ["assistant", "tool"]

    run_virtual(main())


def test_a_failing_handler_gives_an_error_result_without_its_text() -> None:  # FUNC-12
    async def main() -> None:
        world = quiet_world()

        async def fail(params: FunctionCallParams) -> None:
            raise ValueError("the number 555 123")

        world.llm.register_function("fail", fail)

        async def body() -> None:
            await world.llm.run_function_calls(calls("a", name="fail"))
            await world.clock.sleep(1)

        events = await in_a_pipeline(world, body)
        (failed,) = [event for event in events if event.kind == "tool.failed"]
        assert failed.data["code"] == "tool.failed"
        assert b"555" not in b"".join(world.sink.lines)

    run_virtual(main())


@pytest.mark.parametrize("in_parallel", [True, False])
def test_calls_run_side_by_side_or_strictly_in_order(in_parallel: bool) -> None:  # FUNC-09, LLM-18
    async def main() -> list[str]:
        world = quiet_world(in_parallel=in_parallel)
        log: list[str] = []

        async def work(params: FunctionCallParams) -> None:
            log.append(f"begin {params.tool_call_id}")
            await params.llm.clock.sleep(1)
            await params.result_callback("ok")
            log.append(f"end {params.tool_call_id}")

        world.llm.register_function("work", work)

        async def body() -> None:
            await world.llm.run_function_calls(calls("a", "b", name="work"))
            await world.clock.sleep(5)

        await in_a_pipeline(world, body)
        return log

    expected = ["begin a", "begin b", "end a", "end b"] if in_parallel else ["begin a", "end a", "begin b", "end b"]
    assert run_virtual(main()) == expected


class Upstream(FrameProcessor):
    """Stands before the model."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    @handles(
        FunctionCallsStartedFrame, FunctionCallInProgressFrame, FunctionCallResultFrame, FunctionCallCancelFrame,
        direction=FrameDirection.UPSTREAM,
    )  # fmt: skip
    async def see(self, frame: Any) -> None:
        self.seen.append(type(frame).__name__)

    @handles(LLMContextFrame, direction=FrameDirection.UPSTREAM)
    async def see_context(self, frame: LLMContextFrame) -> None:
        self.seen.append("context")


@pytest.mark.parametrize("interrupted", [False, True])
def test_progress_goes_both_ways_and_a_cancellation_downstream_only(interrupted: bool) -> None:  # FUNC-11, FUNC-14
    async def main() -> None:
        world, before = quiet_world(), Upstream()
        world.task = PipelineTask(Pipeline([before, world.llm, world.behind, world.assistant]), idle_timeout_secs=None)

        async def body() -> None:
            await world.llm.run_function_calls(calls("a"))
            await world.clock.sleep(0.5)
            if interrupted:
                await world.task.interrupt()
            elif world.held is not None:
                await world.held.result_callback("ok")
            await world.clock.sleep(0.5)

        await in_a_pipeline(world, body)
        begun = ["FunctionCallsStartedFrame", "FunctionCallInProgressFrame"]
        assert before.seen == begun + ([] if interrupted else ["FunctionCallResultFrame"])
        last = "FunctionCallCancelFrame" if interrupted else "FunctionCallResultFrame"
        assert world.behind.seen == [*begun, last]

    run_virtual(main())

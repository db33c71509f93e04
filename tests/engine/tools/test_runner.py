"""How calls are run: side by side or in order, told both ways, answered whatever happens (FUNC-09…17)."""

import asyncio
from typing import Any

import pytest

from bots.engine.context.context import LLMContext
from bots.engine.context.function_schema import FunctionSchema
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
from bots.engine.tools.registry import FunctionCallParams, Registration
from tests.engine.tools.world import calls, in_a_pipeline, quiet_world


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


def codes(events: list[Any]) -> list[str]:
    return [event.data["code"] for event in events if event.kind == "tool.failed"]


ADD = FunctionSchema("add", "Add.", {"count": {"type": "integer"}}, ["count"])


@pytest.mark.parametrize(
    ("arguments", "code"),
    [({}, "tool.arguments"), ({"count": "three"}, "tool.arguments"), ({"count": 3.0}, None), ({"count": 3}, None)],
)
def test_wrong_arguments_go_back_to_the_model_and_the_handler_never_sees_them(
    arguments: dict[str, Any], code: str | None
) -> None:  # P9
    got: list[Any] = []

    async def main() -> None:
        world = quiet_world()

        async def add(params: FunctionCallParams) -> None:
            got.append(params.arguments["count"])
            await params.result_callback("added")

        world.llm.register_function("add", add)

        async def body() -> None:
            context = LLMContext(tools=[ADD])
            await world.llm.run_function_calls([FunctionCallFromLLM("add", "a", arguments, context)])
            await world.clock.sleep(1)

        events = await in_a_pipeline(world, body)
        assert codes(events) == ([code] if code else [])
        assert got == ([] if code else [3])
        if code:
            assert "'count'" in world.context.messages[-1]["content"]

    run_virtual(main())


def test_a_result_of_megabytes_is_an_error_result() -> None:  # P8
    async def main() -> None:
        world = quiet_world()

        async def pour(params: FunctionCallParams) -> None:
            await params.result_callback("x" * 3_000_000)

        world.llm.register_function("pour", pour)

        async def body() -> None:
            await world.llm.run_function_calls(calls("a", name="pour"))
            await world.clock.sleep(1)

        assert codes(await in_a_pipeline(world, body)) == ["tool.result_too_large"]
        assert len(world.context.messages[-1]["content"]) < 200
        assert sum(map(len, world.sink.lines)) < 10_000

    run_virtual(main())


def test_a_handler_that_takes_too_long_gives_an_error_result_and_a_late_result_is_nothing() -> None:  # FUNC-17
    async def main() -> None:
        world = quiet_world()

        async def slow(params: FunctionCallParams) -> None:
            try:
                await params.llm.clock.sleep(60)
            except asyncio.CancelledError:
                await params.result_callback("late")

        world.llm.register_function("slow", slow, timeout_s=2.0)

        async def body() -> None:
            await world.llm.run_function_calls(calls("a", name="slow"))
            await world.clock.sleep(10)

        events = await in_a_pipeline(world, body)
        assert [(event.kind, round(event.at - events[0].at, 1)) for event in events if event.kind == "tool.failed"] == [
            ("tool.failed", 2.0)
        ]
        assert codes(events) == ["tool.timeout"]
        assert "2 seconds" in world.context.messages[-1]["content"]

    run_virtual(main())


def test_a_handler_whose_own_waiting_was_cancelled_fails_at_once() -> None:
    async def main() -> None:
        world = quiet_world()

        async def broken(params: FunctionCallParams) -> None:
            gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            gone.cancel()
            await gone

        world.llm.register_function("broken", broken)

        async def body() -> None:
            await world.llm.run_function_calls(calls("a", name="broken"))
            await world.clock.sleep(0.1)

        assert codes(await in_a_pipeline(world, body)) == ["tool.failed"]

    run_virtual(main())


def test_calls_that_wait_for_their_place_stay_there_when_the_caller_speaks() -> None:  # FUNC-14, FUNC-16
    async def main() -> None:
        world = quiet_world(in_parallel=False)
        done: list[str] = []

        async def work(params: FunctionCallParams) -> None:
            await params.llm.clock.sleep(1)
            done.append(params.tool_call_id)
            await params.result_callback("ok")

        world.llm.register_function("work", work)

        async def body() -> None:
            await world.llm.run_function_calls(calls("a", "b", name="work"))
            await world.clock.sleep(0.5)
            await world.task.interrupt()
            await world.clock.sleep(5)

        events = await in_a_pipeline(world, body)
        assert done == ["b"]
        assert [event.data["id"] for event in events if event.kind == "tool.cancelled"] == ["a"]

    run_virtual(main())


def test_a_catch_all_cancels_all_the_calls_it_serves() -> None:  # FUNC-14
    async def main() -> None:
        world = quiet_world()

        async def anything(params: FunctionCallParams) -> None:
            await asyncio.Event().wait()

        world.llm.register_function(None, anything)
        world.llm.register_function("kept", anything, cancel_on_interruption=False)

        async def body() -> None:
            await world.llm.run_function_calls([*calls("a", name="x"), *calls("b", name="y"), *calls("c", name="kept")])
            await world.clock.sleep(0.5)
            await world.task.interrupt()
            await world.clock.sleep(0.5)

        events = await in_a_pipeline(world, body)
        cancelled = [(event.data["id"], event.data["reason"]) for event in events if event.kind == "tool.cancelled"]
        assert cancelled == [("a", "interruption"), ("b", "interruption"), ("c", "call_ended")]

    run_virtual(main())


def test_progress_is_journaled_while_a_call_runs_and_never_after() -> None:
    async def main() -> None:
        world = quiet_world()

        async def work(params: FunctionCallParams) -> None:
            await params.progress_callback("half")
            await params.result_callback("ok")
            await params.progress_callback("more")

        world.llm.register(None, Registration(work))

        async def body() -> None:
            await world.llm.run_function_calls(calls("a", name="work"))
            await world.clock.sleep(0.5)

        events = await in_a_pipeline(world, body)
        assert [event.data["note"] for event in events if event.kind == "tool.progress"] == ["half"]

    run_virtual(main())


@pytest.mark.parametrize("in_parallel", [True, False])
@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize("politely", [True, False])
def test_no_call_of_a_function_outlives_the_conversation(in_parallel: bool, kept: bool, politely: bool) -> None:
    """FUNC-16: the worker of an order and the calls in it end with the task, and the journal says so."""

    async def main() -> None:
        world = quiet_world(in_parallel=in_parallel)

        async def endless(params: FunctionCallParams) -> None:
            await asyncio.Event().wait()

        world.llm.register_function("endless", endless, cancel_on_interruption=not kept, timeout_s=100.0)

        async def body() -> None:
            await world.llm.run_function_calls(calls("a", "b", name="endless"))
            await world.clock.sleep(0.5)
            if politely:
                await world.task.stop_when_done()

        events = await in_a_pipeline(world, body)
        tool = [(event.kind, event.data["id"], event.data.get("reason")) for event in events if "tool" in event.kind]
        assert tool[2:] == [("tool.cancelled", "a", "call_ended"), ("tool.cancelled", "b", "call_ended")]
        assert events[-1].kind == "call.ended"

    run_virtual(main())

"""Functions of a flow are answered by code, by JSON and by the bot's tools; the flow moves once, after the last."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bots.engine.context.function_schema import FunctionSchema
from bots.engine.errors import ToolError
from bots.engine.flows import FlowManager, FlowsFunctionSchema, InvalidFunctionError
from bots.engine.frames import InterruptionTaskFrame, UserStartedSpeakingFrame, UserStoppedSpeakingFrame
from bots.engine.tools.registry import FunctionCallParams

from .stage import Player, Stage, edge, node, perform, texts

BOOKING: dict[str, Any] = {
    "initial_node": "desk",
    "nodes": {
        "desk": {
            "task_messages": [{"role": "system", "content": "Book."}],
            "functions": [
                {
                    "name": "book",
                    "properties": {"time": {"type": "string"}},
                    "handler": "book",
                    "state": [{"set": "reference", "to": "{result.reference}"}],
                    "next": {"by": "result.booked", "cases": {"true": "done"}},
                }
            ],
        },
        "done": {
            "task_messages": [{"role": "system", "content": "Say it is booked."}],
            "functions": [{"name": "again", "transition_to": "desk"}],
        },
    },
}


async def settle(stage: Stage, seconds: float = 3.0) -> None:
    await stage.flow.initialize()
    await asyncio.sleep(seconds)


def test_a_tool_of_the_bot_answers_where_json_names_it() -> None:  # FLOW-05, FLOW-09, FLOW-15
    seen: list[FunctionCallParams] = []

    async def book(params: FunctionCallParams) -> None:
        seen.append(params)
        free = params.arguments["time"] == "10:00"
        await params.result_callback({"booked": free, "reference": "A7" if free else None})

    async def play(stage: Stage) -> None:
        stage.context.set_tools([FunctionSchema("book", "Book a time."), FunctionSchema("clock", "The time.")])
        stage.llm.register_function("book", book, timeout_s=2.5)
        await settle(stage)
        await stage.hear("at ten then")
        assert stage.llm.functions.find("book").handler is book  # type: ignore[union-attr]
        await stage.hear("another one")

    llm = Player(
        [("book", '{"time": "09:00"}')], "That is taken.", [("book", '{"time": "10:00"}')], "Booked.",
        [("again", "{}")], "Which time?",
    )  # fmt: skip
    stage = perform(llm, play, flow_config=BOOKING)
    assert stage.moves == [(None, "desk"), ("desk", "done"), ("done", "desk")]
    assert stage.flow.state == {"reference": "A7"}
    assert [tools for _, tools in llm.asked] == [
        ["book", "clock"], ["book", "clock"], ["book", "clock"], ["again", "clock"], ["again", "clock"],
        ["book", "clock"],
    ]  # fmt: skip
    started = stage.events("tool.started")
    assert [params.tool_call_id for params in seen] == [data["id"] for data in started if data["name"] == "book"]
    assert llm.functions.find("book").timeout_s == 2.5  # type: ignore[union-attr]
    assert stage.speaker.said == ["That is taken.", "Booked.", "Which time?"]


@pytest.mark.parametrize("answer", ["an error", "a failure"])
def test_a_tool_that_fails_does_not_lead_on(answer: str) -> None:
    async def book(params: FunctionCallParams) -> None:
        if answer == "a failure":
            raise ToolError("The book is closed.")
        await params.result_callback({"error": "The book is closed."})

    async def play(stage: Stage) -> None:
        stage.llm.register_function("book", book)
        await settle(stage)

    flow = {**BOOKING, "nodes": {**BOOKING["nodes"]}}
    flow["nodes"]["desk"] = {**flow["nodes"]["desk"], "functions": [{"name": "go", "handler": "book", "next": "done"}]}
    stage = perform(Player([("go", "{}")], "Sorry."), play, flow_config=flow)
    assert stage.moves == [(None, "desk")]
    assert stage.speaker.said == ["Sorry."]


def test_handlers_of_the_application_may_be_named_too() -> None:
    async def book(args: Any, flow: FlowManager) -> Any:
        flow.state["asked"] = args["time"]
        return {"booked": True}, "done"

    async def note(action: Any) -> None:
        noted.append(action)

    noted: list[Any] = []
    flow = {**BOOKING, "nodes": {**BOOKING["nodes"]}}
    flow["nodes"]["done"] = {
        **flow["nodes"]["done"], "pre_actions": [{"type": "function", "handler": "note", "why": "booked"}],
    }  # fmt: skip
    llm = Player([("book", '{"time": "11:00"}')], "Booked.")
    stage = perform(llm, settle, flow_config=flow, handlers={"book": book, "note": note})
    assert stage.flow.state["asked"] == "11:00"
    assert noted == [{"why": "booked"}]
    assert stage.moves[-1] == ("desk", "done")


def test_a_name_that_nobody_answers_to_is_an_error_of_the_function() -> None:
    async def play(stage: Stage) -> None:
        await settle(stage)
        with pytest.raises(InvalidFunctionError, match="nobody"):
            await stage.flow.call_handler("nobody", {})

    llm = Player([("book", '{"time": "11:00"}')], "Sorry.")
    stage = perform(llm, play, flow_config=BOOKING)
    assert "flow.bad_function" in llm.asked[-1][0][-1]["content"]
    assert stage.speaker.said == ["Sorry."]


async def stubborn(args: Any, flow: FlowManager) -> Any:
    """Takes no cancellation, and asks for a node when nobody listens any more."""
    try:
        await asyncio.sleep(20)
    except asyncio.CancelledError:
        await asyncio.sleep(1)
    return {}, node("Too late.", name="late")


async def broken(args: Any, flow: FlowManager) -> Any:
    raise ValueError("broken")


async def slow_tool(params: FunctionCallParams) -> None:
    await asyncio.sleep(1)
    await params.result_callback({"found": 1})


@pytest.mark.parametrize("other", ["stubborn", "broken", "slow_tool", "unknown"])
def test_however_the_other_calls_end_the_flow_moves_once_after_the_last(other: str) -> None:  # FLOW-18
    """One reply of the model asks for a move and for something else that ends late, badly or never."""
    second = node("Second.", name="second")
    functions = [
        edge("go", {"quick": True}, second),
        FlowsFunctionSchema("stubborn", "Never ends.", {}, [], stubborn, timeout_s=2),
        FlowsFunctionSchema("broken", "Fails.", {}, [], broken),
    ]

    async def play(stage: Stage) -> None:
        stage.llm.register_function("slow_tool", slow_tool)
        await stage.flow.initialize(node("First.", name="first", functions=functions))
        await asyncio.sleep(6)

    llm = Player([("go", "{}"), (other, "{}")], "Here we are.")
    stage = perform(llm, play)
    assert stage.moves == [(None, "first"), ("first", "second")]
    assert stage.speaker.said == ["Here we are."]
    assert len(llm.asked) == 2
    assert sum(message["role"] == "tool" for message in llm.asked[-1][0]) == 2


def test_a_call_that_speech_cancels_does_not_hold_the_move() -> None:  # FLOW-18
    async def play(stage: Stage) -> None:
        stage.llm.register_function("slow_tool", slow_tool, cancel_on_interruption=True)
        await stage.flow.initialize(
            node("First.", name="first", functions=[edge("go", None, node("Second.", name="second"))])
        )
        await asyncio.sleep(0.5)
        await stage.task.interrupt("user_speech")
        await asyncio.sleep(3)

    stage = perform(Player([("go", "{}"), ("slow_tool", "{}")], "Here."), play)
    assert [to for _, to in stage.moves] == ["first", "second"]
    assert stage.speaker.said == ["Here."]


def test_a_move_while_the_caller_speaks_waits_with_its_reply_for_the_caller() -> None:
    async def late(args: Any, flow: FlowManager) -> Any:
        await asyncio.sleep(1)
        return None, node("Second.", name="second")

    async def play(stage: Stage) -> None:
        functions = [FlowsFunctionSchema("late", "Late.", {}, [], late)]
        await stage.flow.initialize(node("First.", name="first", functions=functions))
        await asyncio.sleep(0.5)
        await stage.task.queue_frame(UserStartedSpeakingFrame())
        await asyncio.sleep(3)
        assert stage.flow.current_node == "second"
        assert len(llm.asked) == 1
        await stage.task.queue_frame(UserStoppedSpeakingFrame())
        await asyncio.sleep(3)

    llm = Player([("late", "{}")], "Here.")
    assert perform(llm, play).speaker.said == ["Here."]
    assert texts(llm.asked[-1][0])[-1] == "Second."


def test_a_handler_may_ask_for_a_node_itself() -> None:
    async def going(args: Any, flow: FlowManager) -> Any:
        await flow.set_node_from_config(node("Second.", name="second"))
        return {"ok": True}, None

    async def play(stage: Stage) -> None:
        await stage.flow.initialize(
            node("First.", name="first", functions=[FlowsFunctionSchema("going", "Go.", {}, [], going)])
        )
        await asyncio.sleep(3)

    llm = Player([("going", "{}")], "Here.")
    stage = perform(llm, play)
    assert stage.moves == [(None, "first"), ("first", "second")]
    assert len(llm.asked) == 2


def test_the_old_ways_to_name_what_follows_work_and_warn() -> None:
    async def record(args: Any) -> Any:
        return {"recorded": args["colour"]}

    async def onward(args: Any, result: Any, flow: FlowManager) -> None:
        flow.state["result"] = result
        with pytest.deprecated_call():
            await flow.set_node("third", node("Third."))

    with pytest.deprecated_call():
        onwards = FlowsFunctionSchema(
            "onward", "On.", {}, [], edge("x", {"a": 1}, None).handler, transition_callback=onward
        )
    recording = FlowsFunctionSchema("record", "Record.", {"colour": {"type": "string"}}, [], record, "second")
    flow = {
        "initial_node": "first",
        "nodes": {"first": node("First.", functions=[recording]), "second": node("Second.", functions=[onwards])},
    }

    async def play(stage: Stage) -> None:
        await settle(stage)
        await stage.hear("on")

    llm = Player([("record", '{"colour": "red"}')], "Second it is.", [("onward", "{}")], "Third it is.")
    stage = perform(llm, play, flow_config=flow)
    assert stage.moves == [(None, "first"), ("first", "second"), ("second", "third")]
    assert stage.flow.state["result"] == {"a": 1}
    assert '{"recorded": "red"}' in [message["content"] for message in llm.asked[1][0]]
    with pytest.raises(InvalidFunctionError, match="exclude"):
        FlowsFunctionSchema("both", "", transition_to="a", transition_callback=onward)


def test_global_functions_are_offered_in_every_node() -> None:
    second = node("Second.", name="second", functions=[edge("stay", None, None)])

    async def play(stage: Stage) -> None:
        await stage.flow.initialize(node("First.", name="first", functions=[edge("go", None, second)]))
        await asyncio.sleep(2)

    llm = Player([("go", "{}")], "Here.")
    perform(llm, play, global_functions=[edge("help", None, None), edge("stay", {"global": True}, None)])
    assert [tools for _, tools in llm.asked] == [["go", "help", "stay"], ["stay", "help"]]


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (FlowsFunctionSchema("none", "No handler."), "no handler"),
        (FlowsFunctionSchema("two words", "", handler="x"), "name"),
        (FlowsFunctionSchema("sync", "", handler=lambda args, flow: (None, None)), "async"),  # type: ignore[arg-type]
        ({"name": "x", "colour": 1}, "colour"),
        (3, "no function"),
    ],
)
def test_a_function_that_cannot_be_offered_is_refused(function: Any, said: str) -> None:  # FLOW-08, FLOW-17
    async def play(stage: Stage) -> None:
        with pytest.raises(InvalidFunctionError, match=said):
            await stage.flow.initialize(node("x", functions=[function]))

    assert perform(Player(), play).moves == []


def test_an_interruption_asked_for_by_a_frame_leaves_a_running_function_alone() -> None:
    """Functions of a flow are not cancelled by speech unless they say so (lessons T3)."""

    async def late(args: Any, flow: FlowManager) -> Any:
        await asyncio.sleep(1)
        return None, node("Second.", name="second")

    async def play(stage: Stage) -> None:
        functions = [FlowsFunctionSchema("late", "Late.", {}, [], late)]
        await stage.flow.initialize(node("First.", name="first", functions=functions))
        await asyncio.sleep(0.5)
        await stage.task.queue_frame(InterruptionTaskFrame("test"))
        await asyncio.sleep(3)

    assert perform(Player([("late", "{}")], "Here."), play).moves[-1] == ("first", "second")

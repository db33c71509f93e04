"""A flow leads a real pipeline from node to node."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bots.engine.context.function_schema import FunctionSchema
from bots.engine.flows import (
    ActionError,
    ContextStrategy,
    ContextStrategyConfig,
    FlowError,
    FlowInitializationError,
    FlowManager,
    FlowsFunctionSchema,
    FlowTransitionError,
    InvalidFunctionError,
    InvalidStrategyError,
)

from .stage import Player, Stage, edge, node, perform, texts


def test_a_function_records_and_leads_to_the_next_node() -> None:  # FLOW-02, FLOW-03, FLOW-04, FLOW-06, FLOW-09
    second = node("Say thanks.", name="thanks")
    first = node("Ask for a colour.", name="ask", functions=[edge("record", {"ok": True}, second)])

    async def play(stage: Stage) -> None:
        await stage.flow.initialize(first)
        await asyncio.sleep(2)
        await stage.hear("red")

    llm = Player("Which colour?", [("record", '{"colour": "red"}')], "Thank you.")
    stage = perform(llm, play)
    assert stage.speaker.said == ["Which colour?", "Thank you."]
    assert stage.moves == [(None, "ask"), ("ask", "thanks")]
    assert stage.flow.state["seen"] == [("record", {"colour": "red"})]
    assert [tools for _, tools in llm.asked] == [["record"], ["record"], []]
    assert texts(llm.asked[-1][0]) == ["Be kind.", "Ask for a colour.", "Say thanks."]
    assert not llm.has_function("record")


def test_a_node_function_stays_and_the_model_goes_on() -> None:  # FLOW-09
    async def play(stage: Stage) -> None:
        await stage.flow.initialize(node("Help.", name="only", functions=[edge("look", None, None)]))
        await asyncio.sleep(2)

    llm = Player([("look", "{}")], "I have looked.")
    stage = perform(llm, play)
    assert stage.moves == [(None, "only")]
    assert stage.speaker.said == ["I have looked."]
    assert '"acknowledged"' in llm.asked[-1][0][-1]["content"]


def test_the_move_comes_once_after_the_last_result_of_a_batch() -> None:  # FLOW-18
    second = node("Second.", name="second")

    async def slow(args: Any, flow: FlowManager) -> Any:
        await asyncio.sleep(1)
        return {"slow": True}, None

    functions = [edge("go", {"quick": True}, second), FlowsFunctionSchema("slow", "Slow.", {}, [], slow)]

    async def play(stage: Stage) -> None:
        await stage.flow.initialize(node("First.", name="first", functions=functions))
        await asyncio.sleep(0.5)
        assert stage.flow.current_node == "first"
        await asyncio.sleep(3)

    llm = Player([("go", "{}"), ("slow", "{}")], "Here we are.")
    stage = perform(llm, play)
    assert stage.moves == [(None, "first"), ("first", "second")]
    assert stage.speaker.said == ["Here we are."]
    assert sum(message["role"] == "tool" for message in llm.asked[-1][0]) == 2


def test_actions_run_before_and_after_the_first_reply_only() -> None:  # FLOW-12
    order: list[str] = []

    async def note(action: Any, flow: FlowManager) -> None:
        order.append(f"{action['label']} after {stage_of[0].speaker.said}")

    stage_of: list[Stage] = []
    acting = node(
        "Talk.",
        name="act",
        pre_actions=[{"type": "tts_say", "text": "One moment."}, {"type": "function", "handler": note, "label": "pre"}],
        post_actions=[{"type": "function", "handler": note, "label": "post"}],
    )

    async def play(stage: Stage) -> None:
        stage_of.append(stage)
        await stage.flow.initialize(acting)
        await asyncio.sleep(0.5)
        assert [entry.split()[0] for entry in order] == ["pre"]
        await asyncio.sleep(2)
        await stage.hear("more")

    stage = perform(Player("Hello.", "Again."), play)
    assert stage.speaker.said == ["One moment.", "Hello.", "Again."]
    assert order[1:] == ["post after ['One moment.', 'Hello.']"]


def test_a_type_of_action_can_be_added() -> None:  # FLOW-11
    async def play(stage: Stage) -> None:
        async def ring(action: Any) -> None:
            stage.flow.state["rang"] = action["times"]

        stage.flow.register_action("ring", ring)
        await stage.flow.initialize(node("Talk.", pre_actions=[{"type": "ring", "times": 2}]))

    assert perform(Player("Hello."), play).flow.state == {"rang": 2}


def test_code_can_go_to_a_node_without_a_function() -> None:
    async def play(stage: Stage) -> None:
        await stage.flow.initialize(node("Talk.", name="talk"))
        await asyncio.sleep(2)
        await stage.flow.set_node_from_config(node("Say goodbye.", name="leave"))
        await asyncio.sleep(2)

    stage = perform(Player("Hello.", "Goodbye."), play)
    assert stage.moves == [(None, "talk"), ("talk", "leave")]
    assert stage.speaker.said == ["Hello.", "Goodbye."]


def test_the_conversation_ends_after_the_farewell_was_heard() -> None:  # FLOW-11, FLOW-19
    last = node("Bye.", name="bye", post_actions=[{"type": "end_conversation", "text": "So long."}])

    async def play(stage: Stage) -> None:
        await stage.flow.initialize(last)
        await asyncio.sleep(10)
        assert stage.task.has_finished()

    stage = perform(Player("Goodbye."), play)
    assert stage.speaker.said == ["Goodbye.", "So long."]
    assert stage.task.outcome is not None
    assert stage.task.outcome.reason.value == "bot_ended"


def test_a_node_can_wait_for_the_caller() -> None:  # FLOW-14
    async def play(stage: Stage) -> None:
        await stage.flow.initialize(node("Wait.", name="wait", respond_immediately=False))
        await asyncio.sleep(2)
        assert stage.speaker.said == []
        await stage.hear("hello")

    assert perform(Player("Hello back."), play).speaker.said == ["Hello back."]


@pytest.mark.parametrize(
    ("summary", "expected"),
    [
        ("They like red.", ["The conversation so far, in short: They like red.", "Second."]),
        (None, ["Be kind.", "First.", "Second."]),
    ],
)
def test_a_summary_replaces_the_past_or_falls_back_to_appending(summary: str | None, expected: list[str]) -> None:
    strategy = ContextStrategyConfig(ContextStrategy.RESET_WITH_SUMMARY, "Sum up.")
    second = node("Second.", name="second", context_strategy=strategy)

    async def play(stage: Stage) -> None:
        await stage.flow.initialize(node("First.", name="first", functions=[edge("go", None, second)]))
        await asyncio.sleep(3)

    llm = Player([("go", "{}")], "Done.", summary=summary)
    perform(llm, play)
    assert texts(llm.asked[-1][0]) == expected


def test_a_reset_forgets_the_past() -> None:  # FLOW-13
    second = node("Second.", name="second")

    async def play(stage: Stage) -> None:
        await stage.flow.initialize(
            node("First.", name="first", functions=[edge("go", None, second)], context_strategy="append")
        )
        await asyncio.sleep(3)

    llm = Player([("go", "{}")], "Done.")
    perform(llm, play, context_strategy=ContextStrategyConfig(ContextStrategy.RESET))
    assert texts(llm.asked[-1][0]) == ["Second."]


def test_a_direct_function_is_described_by_its_signature() -> None:  # FLOW-10, FLOW-15
    async def pick(flow_manager: FlowManager, colour: str, count: int = 1) -> Any:
        """Pick a colour.

        Args:
            colour: The colour.
        """
        flow_manager.state["picked"] = (colour, count)
        return colour, None

    async def play(stage: Stage) -> None:
        await stage.flow.initialize(node("Pick.", name="pick", functions=[pick]))
        await asyncio.sleep(2)

    stage = perform(Player([("pick", '{"colour": "red", "other": 1}')], "Picked."), play)
    assert stage.flow.state["picked"] == ("red", 1)
    schema = stage.context.tools.find("pick")  # type: ignore[union-attr]
    assert schema is not None
    assert list(schema.required) == ["colour"]


def test_a_handler_that_answers_nonsense_is_told_to_the_model_and_the_flow_stays() -> None:
    async def nonsense(args: Any, flow: FlowManager) -> Any:
        return "only a result"

    async def play(stage: Stage) -> None:
        functions = [FlowsFunctionSchema("bad", "Bad.", {}, [], nonsense), edge("lost", None, "nowhere")]
        await stage.flow.initialize(node("Try.", name="try", functions=functions))
        await asyncio.sleep(2)
        await stage.hear("again")

    llm = Player([("bad", "{}")], "Sorry.", [("lost", "{}")], "Sorry again.")
    stage = perform(llm, play)
    results = [message["content"] for message in llm.asked[-1][0] if message["role"] == "tool"]
    assert "flow.bad_function" in results[0]
    assert "flow.bad_transition" in results[1]
    assert stage.moves == [(None, "try")]
    assert stage.speaker.said == ["Sorry.", "Sorry again."]


def test_a_flow_that_cannot_begin_says_why() -> None:  # FLOW-16
    async def play(stage: Stage) -> None:
        with pytest.raises(FlowInitializationError):
            await stage.flow.initialize()
        with pytest.raises(FlowTransitionError):
            await stage.flow.initialize({"name": "empty"})  # type: ignore[typeddict-item]
        with pytest.raises(InvalidFunctionError):
            await stage.flow.initialize(node("x", functions=[edge("a", None, None), edge("a", None, None)]))
        await stage.flow.initialize(node("Fine.", name="fine"))
        with pytest.raises(FlowInitializationError):
            await stage.flow.initialize(node("Twice."))

    assert perform(Player("Hello."), play).moves == [(None, "fine")]


def test_a_static_flow_with_mistakes_does_not_begin() -> None:  # FLOW-03, FLOW-05, FLOW-17
    async def play(stage: Stage) -> None:
        with pytest.raises(FlowInitializationError) as caught:
            await stage.flow.initialize()
        assert [problem.code for problem in caught.value.problems] == ["flow.unknown_start"]

    config = {"initial_node": "gone", "nodes": {"a": node("x", post_actions=[{"type": "end_conversation"}])}}
    perform(Player(), play, flow_config=config)


def test_lasting_tools_are_offered_in_every_node() -> None:  # FLOW-01
    async def play(stage: Stage) -> None:
        await stage.flow.initialize(node("x", name="x", functions=[edge("go", None, None)]))
        await asyncio.sleep(1)

    llm = Player("Hello.")
    perform(llm, play, lasting_tools=[FunctionSchema("end_call", "Hang up.")])
    assert llm.asked[0][1] == ["go", "end_call"]


def test_what_the_context_offered_before_the_flow_lasts() -> None:
    second = node("y", name="y")

    async def play(stage: Stage) -> None:
        stage.context.set_tools([FunctionSchema("end_call", "Hang up.")])
        await stage.flow.initialize(node("x", name="x", functions=[edge("go", None, second)]))
        await asyncio.sleep(2)

    llm = Player([("go", "{}")], "Hello.")
    perform(llm, play)
    assert [tools for _, tools in llm.asked] == [["go", "end_call"], ["end_call"]]


def test_every_error_of_a_flow_is_one_of_a_tree() -> None:  # FLOW-16
    kinds = (FlowInitializationError, FlowTransitionError, InvalidFunctionError, ActionError, InvalidStrategyError)
    assert all(issubclass(kind, FlowError) for kind in kinds)
    assert len({kind.code for kind in (FlowError, *kinds)}) == 6


def test_what_a_constructor_cannot_mean_is_refused() -> None:
    with pytest.raises(ValueError, match="summary_prompt"):
        ContextStrategyConfig(ContextStrategy.RESET_WITH_SUMMARY)
    with pytest.raises(InvalidStrategyError, match="strategy"):
        ContextStrategyConfig("append")  # type: ignore[arg-type]

    async def play(stage: Stage) -> None:
        with pytest.raises(FlowInitializationError, match="flow_config"):
            FlowManager(stage.task, stage.llm, stage.pair, flow_config=["nodes"])  # type: ignore[arg-type]
        with pytest.raises(FlowInitializationError, match="context_strategy"):
            FlowManager(stage.task, stage.llm, stage.pair, context_strategy="reset")  # type: ignore[arg-type]
        with pytest.raises(FlowTransitionError, match="function"):
            await stage.flow.initialize(node("Talk.", function=[]))

    assert perform(Player(), play).moves == []

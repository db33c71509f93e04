"""On entering a node: actions in their order, whatever becomes of them, and a summary or none."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bots.engine.flows import ActionError, ContextStrategy, ContextStrategyConfig, FlowManager

from .stage import Player, Stage, edge, node, perform, texts


def entering(llm: Player, entered: Any, seconds: float = 3.0, **actions: Any) -> Stage:
    async def play(stage: Stage) -> None:
        for kind, handler in actions.items():
            stage.flow.register_action(kind, handler)
        await stage.flow.initialize(entered)
        await asyncio.sleep(seconds)

    return perform(llm, play)


def test_a_function_behind_words_waits_until_they_were_heard() -> None:  # FLOW-11, FLOW-12
    order: list[Any] = []

    async def look(action: Any, flow: FlowManager) -> None:
        order.append((action["at"], flow.current_node, list(stage_of[0].speaker.said)))

    async def play(stage: Stage) -> None:
        stage_of.append(stage)
        await stage.flow.initialize(
            node(
                "Talk.",
                name="talk",
                pre_actions=[
                    {"type": "function", "handler": look, "at": "first"},
                    {"type": "tts_say", "text": "One moment."},
                    {"type": "function", "handler": look, "at": "second"},
                ],
                post_actions=[{"type": "tts_say", "text": "That was it."},
                              {"type": "function", "handler": look, "at": "third"}],
            )
        )  # fmt: skip
        await asyncio.sleep(5)

    stage_of: list[Stage] = []
    perform(Player("Hello."), play)
    assert order == [
        ("first", "talk", []),
        ("second", "talk", ["One moment."]),
        ("third", "talk", ["One moment.", "Hello.", "That was it."]),
    ]


def test_an_action_that_fails_is_reported_and_the_flow_goes_on() -> None:
    async def fail(action: Any) -> None:
        raise ValueError("what people said")

    entered = node("Talk.", name="talk", pre_actions=[{"type": "fail"}, {"type": "tts_say", "text": "Welcome."}])
    stage = entering(Player("Hello."), entered, fail=fail)
    assert stage.speaker.said == ["Welcome.", "Hello."]
    (error,) = stage.events("error")
    assert "what people said" not in str(error)


def test_an_action_that_never_ends_is_left_behind() -> None:
    async def hang(action: Any) -> None:
        await asyncio.sleep(1000)

    entered = node("Talk.", name="talk", pre_actions=[{"type": "hang"}])
    stage = entering(Player("Hello."), entered, hang=hang)
    assert stage.speaker.said == ["Hello."]
    assert [error["code"] for error in stage.events("error")] == ["flow.bad_action"]


def test_a_tool_that_answers_an_action_with_an_error_is_reported() -> None:
    async def lost(args: Any) -> Any:
        return {"error": "Lost."}

    async def play(stage: Stage) -> None:
        await stage.flow.initialize(node("Talk.", pre_actions=[{"type": "function", "handler": "lost"}]))
        await asyncio.sleep(2)

    stage = perform(Player("Hello."), play, handlers={"lost": lost})
    assert [error["code"] for error in stage.events("error")] == ["flow.action_failed"]
    assert stage.speaker.said == ["Hello."]


@pytest.mark.parametrize(
    "action",
    [{"type": "fly"}, {"type": "tts_say"}, {"type": "tts_say", "text": " "}, {"type": "function"}, "tts_say"],
)
def test_an_action_that_cannot_run_keeps_its_node_from_being_entered(action: Any) -> None:  # FLOW-16
    async def play(stage: Stage) -> None:
        for place in ("pre_actions", "post_actions"):
            with pytest.raises(ActionError):
                await stage.flow.initialize(node("Talk.", **{place: [action]}))

    assert perform(Player(), play).moves == []


def test_an_action_type_needs_a_name_and_an_async_handler() -> None:
    async def play(stage: Stage) -> None:
        with pytest.raises(ActionError, match="action_type"):
            stage.flow.register_action(" ", asyncio.sleep)
        with pytest.raises(ActionError, match="async"):
            stage.flow.register_action("ring", print)  # type: ignore[arg-type]

    assert perform(Player(), play).moves == []


SUMMED = ContextStrategyConfig(ContextStrategy.RESET_WITH_SUMMARY, "Sum up.")


@pytest.mark.parametrize(("summary", "seconds"), [("broken", 0), ("Late.", 30), ("  ", 0), (None, 0)])
def test_without_a_summary_the_past_is_kept(summary: str | None, seconds: float) -> None:  # FLOW-13
    llm = Player([("go", "{}")], "Done.", summary=summary)
    llm.summing_s = seconds
    second = node("Second.", name="second", context_strategy=SUMMED)
    stage = entering(llm, node("First.", name="first", functions=[edge("go", None, second)]), 12)
    assert texts(llm.asked[-1][0]) == ["Be kind.", "First.", "Second."]
    assert stage.speaker.said == ["Done."]


def test_role_messages_come_before_the_task() -> None:  # FLOW-07
    llm = Player("Hello.")
    entered = node("Talk.", role_messages=[{"role": "system", "content": "You are Max."}])
    entering(llm, entered)
    assert texts(llm.asked[0][0]) == ["Be kind.", "You are Max.", "Talk."]


def test_a_farewell_is_heard_to_its_end_before_the_call_ends() -> None:  # FLOW-19
    stage = entering(
        Player("Goodbye."), node("Bye.", post_actions=[{"type": "end_conversation", "text": "So long."}]), 10
    )
    assert stage.speaker.said == ["Goodbye.", "So long."]
    assert stage.task.outcome is not None
    assert stage.task.outcome.reason.value == "bot_ended"


def test_a_caller_who_cuts_the_farewell_short_does_not_keep_the_call_open() -> None:  # FLOW-19
    async def play(stage: Stage) -> None:
        await stage.flow.initialize(node("Bye.", name="bye", post_actions=[{"type": "end_conversation"}]))
        await asyncio.sleep(0.5)
        await stage.task.interrupt("user_speech")
        await asyncio.sleep(5)
        assert stage.task.has_finished()

    stage = perform(Player("Goodbye, and thank you for everything."), play)
    assert stage.task.outcome is not None
    assert stage.task.outcome.reason.value == "bot_ended"


def test_moves_that_come_together_are_made_one_after_the_other() -> None:
    async def slow(action: Any) -> None:
        await asyncio.sleep(2)

    async def play(stage: Stage) -> None:
        stage.flow.register_action("slow", slow)
        first = asyncio.create_task(
            stage.flow.set_node_from_config(node("A.", name="a", pre_actions=[{"type": "slow"}]))
        )
        await asyncio.sleep(0.1)
        await stage.flow.set_node_from_config(node("B.", name="b"))
        await first
        await asyncio.sleep(3)

    llm = Player("One.", "Two.")
    stage = perform(llm, play)
    assert stage.moves == [(None, "a"), ("a", "b")]
    assert texts(llm.asked[-1][0]) == ["Be kind.", "A.", "B."]
    assert [message["content"] for message in stage.flow.get_current_context()][:1] == ["Be kind."]

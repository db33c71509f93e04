"""A reply that breaks in the middle: said once, continued by another model, or ended in words (P5, P7, LK-16)."""

from __future__ import annotations

import pytest

from bots.engine.context.context import LLMContext
from bots.engine.errors import EngineError
from bots.engine.frames import FunctionCallsStartedFrame
from bots.engine.services.llm_events import Finished, TextDelta, ToolCallDelta
from bots.engine.services.llm_failures import ChatUnreachable, CompletionTimeout
from bots.engine.services.resilience.continuation import LETTERS_THAT_ARE_WORDS, ORDER, OverlapFilter, context_to_go_on
from bots.engine.services.resilience.policy import BROKEN_OFF, GOODBYE, ResiliencePolicy
from tests.engine.services.resilience.stage import Event, Model, Stage, staged

WHOLE = "Your table for two is booked for seven, Mister Grey. Is there anything else?"
LOST = ChatUnreachable("The connection broke.")


def pieces(text: str) -> list[Event]:
    """A stream whose tokens begin with their white space, as models send them."""
    tokens = text.replace(" ", "\0 ").split("\0")
    return [TextDelta(token) for token in tokens]


def from_word(text: str, number: int) -> str:
    return " ".join(text.split()[number:])


@pytest.mark.parametrize("back", [0, 2, 99], ids=["exactly", "two words earlier", "all over again"])
def test_wherever_a_reply_breaks_every_word_is_said_once(back: int) -> None:  # P7
    for cut in range(1, len(WHOLE)):
        said, earlier = WHOLE[:cut], back
        if back == 0 and said.split()[-1].casefold() in LETTERS_THAT_ARE_WORDS and not said[-1].isspace():
            earlier = 1  # "a" and "i" are words: only what stands before them tells that these are not
        whole_words = len(said.split()) - (0 if WHOLE[cut].isspace() or said[-1].isspace() else 1)
        more = from_word(WHOLE, max(0, whole_words - earlier))
        filter_ = OverlapFilter(said)
        heard = said + "".join(filter_.feed(piece.text) for piece in pieces(more) if isinstance(piece, TextDelta))
        assert (heard + filter_.flush()).split() == WHOLE.split(), said


@pytest.mark.parametrize("error", [LOST, None], ids=["lost", "stalled"])
def test_a_reply_that_breaks_is_continued_by_the_next_model(error: EngineError | None) -> None:  # P5, P7, LK-16
    end: list[Event] = [error] if error is not None else [60.0]
    one = Model("one", [*pieces("Your table for two is"), *end])
    two = Model("two", [*pieces("for two is booked for seven."), Finished("stop")])
    stage = staged(one, two)
    assert stage.said() == "Your table for two is booked for seven."
    assert stage.errors() == []
    assert stage.outcomes() == [("one", "first", "broken"), ("two", "continuation", "won")]
    assert two.seen[0][-2:] == [
        {"role": "assistant", "content": "Your table for two is"},
        {"role": "developer", "content": ORDER},
    ]
    (switch,) = stage.noted("switched")
    assert (switch["to"], switch["role"]) == ("two", "continuation")
    if error is None:
        assert two.began[0] - one.began[0] == pytest.approx(3.0)


def test_a_drip_that_keeps_its_pace_is_left_alone() -> None:  # P5
    drip: list[Event] = [part for word in pieces("One two three four") for part in (1.0, word)]
    stage = staged(Model("one", [*drip, Finished("stop")]), Model("two"))
    assert stage.said() == "One two three four"
    assert stage.outcomes() == [("one", "first", "won")]


def test_a_single_model_is_asked_to_go_on_itself() -> None:  # P7
    one = Model("one", ["We open", LOST], [*pieces("We open at nine."), Finished("stop")])
    stage = staged(one)
    assert stage.said() == "We open at nine."


def test_when_nobody_can_go_on_the_caller_is_told_so_once() -> None:  # P7, P16
    stage = staged(Model("one", ["We open at", LOST]), Model("two", [LOST]))
    assert stage.said() == f"We open at {BROKEN_OFF}"
    assert stage.errors() == ["llm.all_failed"]


def test_a_reply_is_continued_once_and_not_in_a_circle() -> None:  # P7
    one, two = Model("one", ["We open at", LOST]), Model("two", [" nine on", LOST])
    stage = staged(one, two)
    assert stage.said() == f"We open at nine on {BROKEN_OFF}"
    assert (len(one.began), len(two.began)) == (1, 1)


def test_an_author_may_have_broken_replies_end_instead() -> None:  # P7
    two = Model("two")
    stage = staged(Model("one", ["We open at", LOST]), two, policy=ResiliencePolicy(take_over=False))
    assert stage.said() == f"We open at {BROKEN_OFF}"
    assert two.began == []


def test_a_model_that_follows_rules_is_not_asked_to_go_on() -> None:  # P7
    rules = Model("rules")
    rules.local = True
    stage = staged(Model("one", ["We open at", LOST]), rules)
    assert stage.said() == f"We open at {BROKEN_OFF}"
    assert rules.began == []


def test_tool_calls_of_a_reply_that_broke_after_words_are_asked_for_again_not_run_twice() -> None:  # P7, T3
    call = ToolCallDelta(0, "a", "look", "{}")
    one = Model("one", ["Let me look.", call, LOST])
    two = Model("two", [ToolCallDelta(0, "b", "look", "{}"), Finished("tool_calls")])
    stage = staged(one, two)
    assert stage.said() == "Let me look."
    (started,) = stage.behind.of(FunctionCallsStartedFrame)
    assert [found.tool_call_id for found in started.function_calls] == ["b"]


def test_a_failure_after_the_end_of_a_reply_breaks_nothing() -> None:  # P7
    two = Model("two")
    stage = staged(Model("one", ["All said.", Finished("stop"), LOST]), two)
    assert (stage.said(), two.began, stage.errors()) == ("All said.", [], [])


def test_going_on_leaves_the_conversation_as_it_is() -> None:  # T1
    context = LLMContext([{"role": "user", "content": "hi"}])
    asked = context_to_go_on(context, "Good")
    assert len(asked.messages) == 3
    assert context.messages == [{"role": "user", "content": "hi"}]


def test_after_some_replies_without_any_model_the_call_ends_with_a_goodbye() -> None:  # P16
    async def play(stage: Stage) -> None:
        for _ in range(3):
            await stage.ask(wait=5.0)

    stage = staged(Model("one", [LOST]), play=play, policy=ResiliencePolicy(end_after=2))
    assert stage.said() == f"I am sorry.{GOODBYE}"
    assert stage.run.outcome is not None
    assert stage.run.outcome.reason.value == "bot_ended"
    assert [data["in_a_row"] for data in stage.noted("all_failed")] == [1, 2]


def test_one_good_reply_forgives_the_failures_before_it() -> None:  # P16
    model = Model("one", [CompletionTimeout("late")], ["Well.", Finished()], [CompletionTimeout("late")])

    async def play(stage: Stage) -> None:
        for _ in range(3):
            await stage.ask(wait=5.0)

    stage = staged(model, play=play, policy=ResiliencePolicy(end_after=2))
    assert stage.said() == "I am sorry.Well.I am sorry."
    assert stage.run.outcome is not None
    assert stage.run.outcome.reason.value == "cancelled"

"""How the brain answers, told from its messages alone."""

import json
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.engine.providers.scripted.brain import Brain, called, said
from bots.engine.providers.scripted.events import Done, Say
from bots.engine.providers.scripted.reading import read_script

from .conftest import NOW, load

SCRIPT: dict[str, Any] = {
    "version": 1,
    "phrases": {"greeting": "Hello there.", "silence": "Still there?", "farewell": "Goodbye."},
    "intents": [
        {"name": "bill", "examples": ["a question about my bill"], "replies": ["Bills come monthly.", "Monthly."]},
        {
            "name": "order",
            "patterns": [r"order (?P<number>\d+)"],
            "tool": {
                "name": "status",
                "arguments": {"number": "{number}"},
                "filler": "Let me see.",
                "outcomes": [
                    {"when": {"result.state": "sent"}, "say": "Order {number} is on its way."},
                    {"say": "Order {number} is {result.state}."},
                ],
                "failed": "The shop does not answer.",
            },
        },
    ],
    "knowledge": [{"text": "We deliver to islands on Mondays.", "source": "delivery page"}],
}


def ask(*messages: dict[str, Any], tools: tuple[str, ...] = ("status", "end_call"), script: Any = SCRIPT) -> Any:
    return list(Brain(script).reply(list(messages), [{"name": name} for name in tools], NOW))


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def bot(text: str) -> dict[str, Any]:
    return {"role": "assistant", "content": text}


def call(name: str, result: str, **arguments: Any) -> list[dict[str, Any]]:
    function = {"name": name, "arguments": json.dumps(arguments)}
    return [
        {"role": "assistant", "content": None, "tool_calls": [{"id": "1", "type": "function", "function": function}]},
        {"role": "tool", "tool_call_id": "1", "content": result},
    ]


def test_an_empty_conversation_is_greeted() -> None:
    assert said(ask()) == "Hello there."
    assert said(ask({"role": "system", "content": "You are kind."})) == "Hello there."
    assert said(ask({"role": "developer", "content": "Greet the user."})) == "Hello there."


def test_a_dictated_greeting_is_said_as_it_is() -> None:
    assert said(ask({"role": "developer", "content": 'Greet the user: say "Good morning {you}."'})) == (
        "Good morning (you)."
    )


def test_words_carry_their_leading_space() -> None:
    events = ask()
    assert [event.text for event in events if isinstance(event, Say)] == ["Hello", " there."]
    assert isinstance(events[-1], Done)


def test_a_recogniser_slip_is_absorbed() -> None:
    assert "onthly" in said(ask(user("I have a question about my bell")))


def test_wordings_take_turns() -> None:
    first = said(ask(user("question about my bill")))
    second = said(ask(user("question about my bill"), bot(first), user("question about my bill")))
    assert {first, second} == {"Bills come monthly.", "Monthly."}


def test_a_tool_is_called_with_what_was_caught_and_its_result_is_told() -> None:
    events = ask(user("where is order 4711"))
    assert said(events) == "Let me see."
    assert [(c.name, dict(c.arguments)) for c in called(events)] == [("status", {"number": "4711"})]
    result = call("status", '{"state": "sent"}', number="4711")
    assert said(ask(user("where is order 4711"), *result)) == "Order 4711 is on its way."


def test_a_filler_heard_around_the_result_changes_nothing() -> None:
    result = call("status", '{"state": "sent"}', number="4711")
    assert said(ask(user("where is order 4711"), *result, bot("Let me see."))) == "Order 4711 is on its way."


def test_a_failed_a_running_and_a_cancelled_tool_are_told_apart() -> None:
    def reply(content: str) -> str:
        return said(ask(user("order 12"), *call("status", content, number="12")))

    assert reply('{"error": "no"}') == "The shop does not answer."
    assert reply("IN_PROGRESS") == "One moment, I am still looking."
    assert reply('{"cancelled": true}') == "I was interrupted before it was done."


def test_a_tool_that_is_not_offered_is_never_called() -> None:
    events = ask(user("order 12"), tools=())
    assert called(events) == []
    assert said(events) == "I am sorry, I cannot do that right now."


def test_repeat_says_all_of_a_reply_that_was_cut_off() -> None:
    assert said(ask(user("question about my bill"), bot("Mon"), user("sorry what was that"))) == "Monthly."
    assert said(ask(bot("Hello"), user("repeat that please"))) == "Hello there."
    assert said(ask(bot("Something else was said."), user("pardon"))) == "Something else was said."


def test_continue_says_the_rest() -> None:
    assert said(ask(bot("Hello"), user("go on"))) == "There."


def test_time_and_date_are_told() -> None:
    assert said(ask(user("what time is it"))) == "It is three oh four."
    assert said(ask(user("what day is it"))) == "Today is Friday the twentieth of November."


def test_goodbye_says_farewell_and_hangs_up() -> None:
    events = ask(user("okay goodbye"))
    assert said(events) == "Goodbye."
    assert [c.name for c in called(events)] == ["end_call"]
    assert said(ask(user("goodbye"), *call("end_call", "{}"))) == ""


def test_knowledge_is_answered_and_nonsense_is_not() -> None:
    assert said(ask(user("do you deliver to islands"))) == "We deliver to islands on Mondays."
    assert "purple monkey" in said(ask(user("purple monkey")))


def test_repair_goes_from_asking_to_choices_to_handing_over() -> None:
    messages: list[dict[str, Any]] = []
    replies = []
    for text in ("flib", "flab", "flub"):
        messages.append(user(text))
        replies.append(said(ask(*messages)))
        messages.append(bot(replies[-1]))
    assert "flib" in replies[0]
    assert "You can say" in replies[1]
    assert "I do not seem to get this right" in replies[2]


def test_silence_is_met_with_a_question() -> None:
    assert said(ask(bot("Hello there."), {"role": "developer", "content": "The user is quiet."})) == "Still there?"


def test_a_number_of_seeds_give_a_number_of_beginnings() -> None:
    script = read_script({**SCRIPT, "phrases": {"greeting": ["One.", "Two."]}})
    assert {said(list(Brain(script, seed).reply([], [], NOW))) for seed in range(2)} == {"One.", "Two."}


@pytest.mark.parametrize(
    "message",
    [
        {"role": "user"},
        {"role": "user", "content": [{"type": "text", "text": "question about my bill"}, {"type": "image_url"}]},
        {"role": "assistant", "tool_calls": [{}, None, {"function": {"name": "x", "arguments": "{bad"}}]},
        {"role": "tool", "content": "[1, 2"},
        {"role": "alien", "content": 5},
    ],
)
def test_an_odd_message_is_no_obstacle(message: dict[str, Any]) -> None:
    assert isinstance(ask(message, user("hello"))[-1], Done)
    assert said(ask(message, user("hello")))


TEXTS = st.text(max_size=60) | st.sampled_from(
    [
        "tuesday",
        "nine fifteen",
        "anna",
        "yes",
        "no",
        "cancel",
        "repeat that",
        "no friday",
        "help",
        "the first one",
        "bye",
    ]
)


@settings(deadline=None)
@given(st.sampled_from(["greeter", "appointments", "quiz"]), st.lists(TEXTS, min_size=1, max_size=5), st.integers(0, 9))
def test_no_caller_can_break_or_silence_a_bot(name: str, texts: list[str], seed: int) -> None:
    brain = Brain(load(name)["llm"]["settings"]["script"], seed)
    messages: list[dict[str, Any]] = []
    tools = [{"name": tool} for tool in ("find_slots", "book_slot", "end_call", "begin_quiz")]
    for text in texts:
        messages.append(user(text))
        events = list(brain.reply(messages, tools, NOW))
        assert said(events).strip() or called(events)
        assert events == list(brain.reply(messages, tools, NOW))
        messages.append(bot(said(events)[: 7 * seed]))


def test_the_reply_depends_on_nothing_but_its_inputs(now: datetime) -> None:
    messages = [user("question about my bill")]
    assert list(Brain(SCRIPT).reply(messages, [], now)) == list(Brain(SCRIPT).reply(messages, [], now))

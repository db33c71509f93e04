"""Whole calls that a bot places: to a person, a machine, a screener, a menu (lessons T17; reliability C17)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bots.engine.core.outcome import EndReason
from bots.engine.spec import PhoneSpec, TurnSpec

from .stage import BOT, FarSide, placed

pytestmark = pytest.mark.heavy

MACHINE = "You have reached Bob. I can't come to the phone. Please leave a message after the tone."
LEAVES = replace(
    BOT, phone=PhoneSpec(outbound=True, on_machine="leave_message", machine_message="Please call Acme back. Thank you.")
)


def test_a_person_is_greeted_after_the_first_words_and_talked_with() -> None:  # T17
    async def play(far: FarSide) -> None:
        await far.quiet(0.5)
        await far.says("Hello?")
        await far.quiet(2.0)
        await far.says("I am fine")
        await far.quiet(2.0)

    call = placed(play, replies=["Glad to hear it."])
    assert (call.found, call.answered) == ([("human", "words")], [("human", "words")])
    assert call.said == ["Good morning, this is Acme.", "Glad to hear it."]
    assert [message["content"] for message in call.llm.seen[0]] == [
        "Hello?",
        "Good morning, this is Acme.",
        "I am fine",
    ]
    assert call.of("bot.started")[0]["at"] >= call.of("user.stopped")[0]["last_voiced_at"]


def test_a_bot_without_greeting_lets_the_model_answer_the_first_words() -> None:
    async def play(far: FarSide) -> None:
        await far.says("Hello, Bob speaking")
        await far.quiet(2.0)

    call = placed(play, replace(BOT, greeting=""), ["Hello Bob."])
    assert call.said == ["Hello Bob."]
    assert [message["content"] for message in call.llm.seen[0]] == ["Hello, Bob speaking"]


def test_a_call_that_came_in_is_greeted_at_once() -> None:
    async def play(far: FarSide) -> None:
        await far.quiet(0.5)

    call = placed(play, replace(BOT, phone=PhoneSpec()))
    assert call.built.answer is None
    assert call.of("bot.started")[0]["at"] < 0.3


def test_a_machine_is_hung_up_on_without_a_word_and_without_the_model() -> None:  # T17
    async def play(far: FarSide) -> None:
        await far.says(MACHINE, 5.0)
        await far.quiet(60.0)

    call = placed(play)
    assert (call.outcome.reason, call.outcome.detail) == (EndReason.MACHINE, "machine")
    assert call.outcome.duration_s < 6.5
    assert (call.heard, call.llm.seen) == ("", [])


def test_a_message_is_left_after_the_beep_and_the_call_ends_with_its_last_word() -> None:  # T17
    async def play(far: FarSide) -> None:
        await far.says(MACHINE, 5.0)
        await far.beeps(0.6)
        await far.quiet(60.0)

    call = placed(play, LEAVES)
    assert call.heard == "Please call Acme back. Thank you."
    assert (call.outcome.reason, call.outcome.detail) == (EndReason.MACHINE, "message left")
    [started], [stopped] = call.of("bot.started"), call.of("bot.stopped")
    assert started["at"] >= 0.1 + 5.0 + 1.0 + 0.6
    assert stopped["at"] <= call.outcome.duration_s <= stopped["at"] + 0.5
    assert call.llm.seen == []


def test_a_machine_without_a_beep_gets_its_message_after_one_and_a_half_seconds_of_silence() -> None:
    async def play(far: FarSide) -> None:
        await far.says(MACHINE, 5.0)
        await far.quiet(60.0)

    call = placed(play, LEAVES)
    [started], [stopped] = call.of("bot.started"), call.of("user.stopped")
    assert 1.5 <= started["at"] - stopped["last_voiced_at"] <= 1.7
    assert call.heard == "Please call Acme back. Thank you."


def test_a_message_that_the_machine_talks_into_is_left_anew() -> None:
    async def play(far: FarSide) -> None:
        await far.says(MACHINE, 5.0, silence=2.0)
        await far.says("You may hang up when you are done", 2.0)
        await far.beeps(0.6)
        await far.quiet(60.0)

    call = placed(play, LEAVES)
    assert [data["attempt"] for data in call.of("answer.message")] == [1, 2]
    assert call.heard.endswith("Please call Acme back. Thank you.")
    assert call.outcome.detail == "message left"


def test_a_machine_that_never_stops_talking_is_left_within_limits() -> None:
    async def play(far: FarSide) -> None:
        for _ in range(40):
            await far.says(MACHINE, 4.0, silence=1.0)

    call = placed(play, LEAVES)
    assert call.outcome.reason is EndReason.MACHINE
    assert call.outcome.duration_s < 75.0


def test_what_was_taken_for_a_person_and_is_a_machine_gets_the_message_and_no_conversation() -> None:
    async def play(far: FarSide) -> None:
        await far.says("Hi, this is Bob.", 0.9)
        await far.says("I am not at home, leave a message after the tone.", 2.5)
        await far.beeps(0.5)
        await far.quiet(60.0)

    call = placed(play, LEAVES)
    assert call.found == [("human", "words"), ("machine", "words")]
    assert call.of("answer.detected")[1]["revised"] is True
    assert call.heard.endswith("Please call Acme back. Thank you.")
    assert call.llm.seen == []


def test_a_screener_is_told_who_calls_and_the_person_behind_it_is_greeted() -> None:  # T17
    async def play(far: FarSide) -> None:
        await far.says("Please say your name and why you are calling.", 2.5)
        await far.quiet(6.0)
        await far.says("Thank you, please stay on the line.", 1.5)
        await far.quiet(12.0)
        await far.says("Hello?")
        await far.quiet(3.0)

    call = placed(play, replace(BOT, turns=TurnSpec(user_idle_secs=5.0)))
    assert call.found == [("screener", "words"), ("human", "words")]
    assert call.said == [
        "This is Acme Clinic. Please put me through, it will only take a moment.", "Good morning, this is Acme.",
    ]  # fmt: skip
    assert call.of("answer.detected")[1]["revised"] is False
    assert call.llm.seen == []


def test_a_screener_behind_which_nobody_comes_is_left_after_a_minute() -> None:
    async def play(far: FarSide) -> None:
        await far.says("Please say your name and why you are calling.", 2.5)
        await far.quiet(100.0)

    call = placed(play)
    assert (call.outcome.reason, call.outcome.detail) == (EndReason.MACHINE, "nobody came")
    assert 60.0 < call.outcome.duration_s < 66.0


def test_keys_are_pressed_in_a_menu_and_the_person_behind_it_is_greeted() -> None:  # T17, DTMF-06
    async def play(far: FarSide) -> None:
        await far.says("For sales press one, for support press two", 3.0)
        await far.quiet(4.0)
        await far.says("Support, how can I help you?", 1.8)
        await far.quiet(3.0)

    call = placed(play, replace(BOT, phone=PhoneSpec(outbound=True, menu_keys="2#")))
    assert call.found == [("menu", "words"), ("human", "words")]
    assert call.of("answer.keys") == [{"keys": 2}]
    assert call.said == ["Good morning, this is Acme."]
    assert placed(play).outcome.detail == "menu"


def test_a_menu_that_comes_again_and_again_is_left() -> None:
    async def play(far: FarSide) -> None:
        for _ in range(20):
            await far.says("Wrong entry. For sales press one, for support press two", 3.0, silence=3.0)

    call = placed(play, replace(BOT, phone=PhoneSpec(outbound=True, menu_keys="0")))
    assert len(call.of("answer.keys")) == 3
    assert call.outcome.detail == "menu"
    assert call.outcome.duration_s < 26.0


def test_a_flow_begins_when_a_person_is_there() -> None:
    node = {"task_messages": [{"role": "system", "content": "Ask for the day."}], "functions": []}
    flow: dict[str, Any] = {"initial_node": "day", "nodes": {"day": node}}

    async def play(far: FarSide) -> None:
        await far.quiet(1.0)
        assert not [event for event in far.events if event.kind == "flow.moved"]
        await far.says("Hello?")
        await far.quiet(3.0)

    call = placed(play, replace(BOT, flow=flow), ["Which day?"])
    assert call.said == ["Which day?"]
    assert [data["to"] for data in call.of("flow.moved")] == ["day"]


def test_a_call_that_goes_on_asks_nobody_who_is_there() -> None:
    async def play(far: FarSide) -> None:
        await far.quiet(2.0)

    call = placed(play, history=[{"role": "user", "content": "hello"}])
    assert call.built.answer is None and call.said == [BOT.welcome_back]

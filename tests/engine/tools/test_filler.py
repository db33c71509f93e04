"""What the caller hears while a tool takes its time (FUNC-15, reliability section 3)."""

from typing import Any

import pytest

from bots.engine.frames import LLMContextFrame, TTSSpeakFrame
from bots.engine.testing.call import CallParts, LiveCall, ScriptedCall
from bots.engine.testing.tapes import TapeCall, TapeReply
from bots.engine.tools.filler import filler_in
from bots.engine.tools.registry import FunctionCallParams, Registration


def call(seconds: float, *, before: str = "", names: tuple[str, ...] = ("find",), stop: bool = False) -> Any:
    """A call in which tools take ``seconds``; ``stop`` lets the caller speak meanwhile."""

    async def find(params: FunctionCallParams) -> None:
        await params.llm.clock.sleep(seconds)
        await params.result_callback("found")

    def make(parts: CallParts) -> CallParts:
        for name in names:
            entry = Registration(find, cancel_on_interruption=False, filler="One moment.")
            parts.llm.register(name, entry)
        return parts

    async def play(live: LiveCall) -> None:
        await live.type("where is it")
        await live.wait(0.9)
        if stop:
            await live.say("hurry up", seconds=2.0)
        await live.wait(8)

    replies = [TapeReply(before, [TapeCall(name) for name in names]), "Here it is."]
    return ScriptedCall(replies, make=make).run(play)


@pytest.mark.parametrize(("seconds", "said"), [(0.5, False), (3.0, True)])
def test_a_tool_that_takes_long_is_bridged_with_a_word_that_stays_out_of_the_context(
    seconds: float, said: bool
) -> None:
    record = call(seconds)
    assert ("One moment." in " ".join(record.heard)) is said
    assert "One moment." not in str(record.messages)
    assert " ".join(record.heard).endswith("Here it is.")


def test_several_slow_tools_are_bridged_once() -> None:
    assert " ".join(call(3.0, names=("find", "look")).heard).count("One moment.") == 1


def test_nothing_is_said_over_the_bot_itself() -> None:
    long = "I shall look that up for you in all the books that we have here right now."
    assert "One moment." not in " ".join(call(2.5, before=long).heard)


def test_nothing_is_said_over_the_caller() -> None:
    assert "One moment." not in " ".join(call(2.5, stop=True).heard)


def test_an_event_handler_may_speak_when_calls_begin() -> None:  # FUNC-15, FUNC-01
    async def find(params: FunctionCallParams) -> None:
        await params.llm.clock.sleep(2)
        await params.result_callback("found")

    def make(parts: CallParts) -> CallParts:
        async def started(llm: Any, calls: list[Any]) -> None:
            await llm.push_frame(TTSSpeakFrame("Let me look."))

        parts.llm.register_function("find", find)
        parts.llm.add_event_handler("on_function_calls_started", started)
        return parts

    async def play(live: LiveCall) -> None:
        await live.queue(LLMContextFrame(live.context))
        await live.wait(8)

    record = ScriptedCall([TapeReply(calls=[TapeCall("find")]), "Here it is."], make=make).run(play)
    assert " ".join(record.heard) == "Let me look. Here it is."
    assert [message["role"] for message in record.messages].count("tool") == 1


def test_the_usual_words_follow_the_language() -> None:
    assert filler_in("en-GB") == "One moment."
    assert filler_in("de") == "Einen Moment bitte."
    assert filler_in("tlh") == ""

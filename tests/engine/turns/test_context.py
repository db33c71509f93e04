"""The shared context: who writes what into it, and when the model runs (CTX-01…10, FUNC-01, FUNC-13)."""

import json
from typing import Any

import pytest

from bots.engine.context.function_schema import FunctionSchema
from bots.engine.context.schemas import ToolsSchema
from bots.engine.frames import (
    FunctionCallResultProperties,
    LLMMessagesAppendFrame,
    LLMMessagesFrame,
    LLMMessagesUpdateFrame,
    LLMRunFrame,
    LLMSetToolsFrame,
    TranscriptionFrame,
    TTSSpeakFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)
from bots.engine.testing.call import CallParts, LiveCall, ScriptedCall
from bots.engine.testing.tapes import TapeCall, TapeLLM, TapeReply
from bots.engine.tools.registry import FunctionCallParams
from bots.engine.turns.pair import LLMContextAggregatorPair
from bots.engine.turns.params import LLMAssistantAggregatorParams


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def bot(text: str) -> dict[str, Any]:
    return {"role": "assistant", "content": text}


def test_both_sides_write_into_one_context_as_it_was_said_and_heard() -> None:  # CTX-01…05
    async def play(call: LiveCall) -> None:
        assert call.parts.pair.user().context is call.parts.pair.assistant().context is call.context
        await call.say("hello")
        await call.bot_silent()
        await call.say("and again")
        await call.bot_silent()

    record = ScriptedCall(replies=["Hi there.", "Yes."]).run(play)
    assert list(record.messages) == [user("hello"), bot("Hi there."), user("and again"), bot("Yes.")]


def test_the_model_sees_the_message_that_asks_it() -> None:  # CTX-04
    seen: list[Any] = []

    async def play(call: LiveCall) -> None:
        await call.say("hello")
        await call.bot_silent()
        seen.extend(call.parts.llm.seen)

    ScriptedCall(replies=["Hi."]).run(play)
    assert seen == [[user("hello")]]


def test_final_texts_of_one_turn_become_one_message() -> None:  # CTX-04
    async def play(call: LiveCall) -> None:
        stt = call.parts.stt
        await stt.push_frame(UserStartedSpeakingFrame(0.0))
        for text in ("one", " two "):
            await stt.push_frame(TranscriptionFrame(text, "caller", "now"))
        await stt.push_frame(UserStoppedSpeakingFrame())
        await call.bot_silent()

    record = ScriptedCall(replies=["Three."]).run(play)
    assert list(record.messages) == [user("one two"), bot("Three.")]


def test_silence_asks_for_nothing() -> None:
    async def play(call: LiveCall) -> None:
        await call.say("  ")
        await call.wait(3)

    record = ScriptedCall(replies=["Never."]).run(play)
    assert list(record.messages) == []


def test_messages_are_appended_replaced_and_run_as_asked() -> None:  # CTX-07, CTX-08
    async def play(call: LiveCall) -> None:
        await call.queue(LLMMessagesAppendFrame([user("a")]))
        await call.wait(1)
        assert call.parts.llm.seen == []
        await call.queue(LLMMessagesAppendFrame([user("b")], run_llm=True))
        await call.bot_silent()
        await call.queue(LLMMessagesUpdateFrame([user("c")], run_llm=True))
        await call.bot_silent()
        await call.queue(LLMMessagesUpdateFrame([user("d")]))
        await call.wait(1)
        await call.queue(LLMMessagesFrame([user("e")]))
        await call.bot_silent()
        assert call.parts.llm.seen == [[user("a"), user("b")], [user("c")], [user("e")]]

    record = ScriptedCall(replies=["One.", "Two.", "Three."]).run(play)
    assert list(record.messages) == [user("e"), bot("Three.")]


@pytest.mark.parametrize("by_frame", [True, False])
def test_the_bot_may_speak_first(by_frame: bool) -> None:  # CTX-09, CTX-10
    async def play(call: LiveCall) -> None:
        call.context.add_message({"role": "developer", "content": "Greet the caller."})
        await call.queue(LLMRunFrame() if by_frame else call.parts.pair.user().get_context_frame())
        await call.bot_silent()

    record = ScriptedCall(replies=["Welcome."]).run(play)
    assert record.transcript == [("bot", "Welcome.")]


def test_tools_are_replaced_by_a_frame() -> None:
    async def play(call: LiveCall) -> None:
        await call.queue(LLMSetToolsFrame(ToolsSchema([FunctionSchema("now", "Tells the time.")])))
        await call.wait(0.1)
        assert call.context.tools is not None
        assert [schema.name for schema in call.context.tools.schemas] == ["now"]

    ScriptedCall().run(play)


def test_the_model_may_be_told_that_it_was_interrupted() -> None:
    def make(parts: CallParts) -> CallParts:
        params = LLMAssistantAggregatorParams(note_interruptions=True)
        parts.pair = LLMContextAggregatorPair(parts.pair.context, assistant_params=params)
        return parts

    async def play(call: LiveCall) -> None:
        await call.queue(TTSSpeakFrame("one two three four five six"))
        await call.wait(0.7)
        await call.task.interrupt()
        await call.wait(0.5)

    record = ScriptedCall(make=make).run(play)
    assert [message["role"] for message in record.messages] == ["assistant", "developer"]


# -- functions ------------------------------------------------------------------------------------------


async def answer(params: FunctionCallParams) -> None:
    await params.llm.clock.sleep(params.arguments.get("seconds", 0.1))
    await params.result_callback({"answer": params.arguments["n"]})


def test_calls_and_results_are_stored_and_the_model_goes_on_when_the_last_is_in() -> None:  # CTX-06, FUNC-01, FUNC-13
    calls = [TapeCall("answer", {"n": 1, "seconds": 1.0}, "a"), TapeCall("answer", {"n": 2}, "b")]

    async def play(call: LiveCall) -> None:
        await call.type("ask")
        await call.bot_silent(quiet=2)
        assert len(call.parts.llm.seen) == 2

    record = ScriptedCall(replies=[TapeReply(calls=calls), "Both."], tools={"answer": answer}).run(play)
    asked, first, second, told = record.messages[1:]
    assert [call["id"] for call in asked["tool_calls"]] == ["a", "b"]
    assert json.loads(asked["tool_calls"][0]["function"]["arguments"]) == {"n": 1, "seconds": 1.0}
    assert {
        first["tool_call_id"]: json.loads(first["content"]),
        second["tool_call_id"]: json.loads(second["content"]),
    } == {
        "a": {"answer": 1},
        "b": {"answer": 2},
    }
    assert told == bot("Both.")


@pytest.mark.parametrize(("run_llm", "runs"), [(None, 2), (False, 1), (True, 2)])
def test_a_result_says_whether_the_model_goes_on(run_llm: bool | None, runs: int) -> None:  # FUNC-13
    updated: list[bool] = []

    async def tool(params: FunctionCallParams) -> None:
        async def on_context_updated() -> None:
            updated.append(any(message["role"] == "tool" for message in params.context.messages))

        properties = FunctionCallResultProperties(run_llm=run_llm, on_context_updated=on_context_updated)
        await params.result_callback("ok", properties=properties)

    async def play(call: LiveCall) -> None:
        await call.type("go")
        await call.bot_silent(quiet=2)
        assert len(call.parts.llm.seen) == runs

    ScriptedCall(replies=[TapeReply(calls=[TapeCall("tool")]), "Done."], tools={"tool": tool}).run(play)
    assert updated == [True]


def test_a_failing_context_callback_does_not_leave_the_caller_in_silence() -> None:
    async def tool(params: FunctionCallParams) -> None:
        async def fails() -> None:
            raise ValueError

        await params.result_callback("ok", properties=FunctionCallResultProperties(on_context_updated=fails))

    async def play(call: LiveCall) -> None:
        await call.type("go")
        await call.bot_silent(quiet=2)

    record = ScriptedCall(replies=[TapeReply(calls=[TapeCall("tool")]), "Done."], tools={"tool": tool}).run(play)
    assert record.stored_words == ["Done."]


def test_filler_speech_is_heard_while_a_function_runs() -> None:  # FUNC-15
    def make(parts: CallParts) -> CallParts:
        parts.llm = TapeLLM([TapeReply(calls=[TapeCall("answer", {"n": 1, "seconds": 2.0})]), "It is one."])

        async def filler(service: TapeLLM, calls: list[Any]) -> None:
            await parts.tts.queue_frame(TTSSpeakFrame("One moment please."))

        parts.llm.add_event_handler("on_function_calls_started", filler)
        return parts

    async def play(call: LiveCall) -> None:
        await call.type("ask")
        await call.bot_silent(quiet=3)

    record = ScriptedCall(make=make, tools={"answer": answer}).run(play)
    assert [text for who, text in record.transcript if who == "bot"] == ["One moment please.", "It is one."]
    assert record.of("bot.turn")[0].at < record.of("tool.finished")[0].at


def test_the_latency_of_a_turn_is_the_sum_of_its_parts() -> None:  # lessons T5
    async def play(call: LiveCall) -> None:
        for text in ("hello", "and you"):
            await call.say(text)
            await call.bot_silent()

    record = ScriptedCall(replies=["Hi.", "Fine."]).run(play)
    for event in record.of("bot.turn"):
        latency = event.data["latency"]
        assert sum(part["ms"] for part in latency["segments"]) == pytest.approx(latency["total_ms"], abs=0.5)
        assert latency["total_ms"] == event.data["latency_ms"]
        assert {part["owner"] for part in latency["segments"]} <= {"setting", "provider", "network", "engine"}
    turn, spoke = record.of("user.turn")[0], record.of("bot.turn")[0]
    assert spoke.data["latency_ms"] / 1000 == pytest.approx(spoke.data["at"] - turn.data["end"], abs=0.001)

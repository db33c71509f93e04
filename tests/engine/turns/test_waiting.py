"""Turns that have to wait: a final text that is late, and a tool's result that comes while the caller speaks."""

from bots.engine.services.stt import Transcript
from bots.engine.testing.call import CallParts, LiveCall, ScriptedCall
from bots.engine.testing.tapes import TapeCall, TapeReply, TapeSTT
from bots.engine.tools.registry import FunctionCallParams


class LateSTT(TapeSTT):
    """Shows a partial at once and gives its final text after ``delay`` seconds."""

    partial = "book a"

    async def hear(self, pcm: bytes) -> None:
        self.show_partial(self.partial)


def hears(stt: TapeSTT) -> ScriptedCall:
    def make(parts: CallParts) -> CallParts:
        parts.stt = stt
        return parts

    return ScriptedCall(replies=["Yes.", "Again."], make=make)


async def one_turn(call: LiveCall) -> None:
    await call.say("book a table")
    await call.wait(4)


def test_a_final_text_that_is_late_is_answered_from_the_newest_partial_once() -> None:
    record = hears(LateSTT(delay=2.0)).run(one_turn)
    assert [event.data["text"] for event in record.of("user.turn")] == ["book a"]
    assert [event.data["text"] for event in record.of("user.transcript")] == ["book a table"]
    assert len(record.of("bot.llm_started")) == 1


def test_a_final_text_in_time_is_the_turn() -> None:
    record = hears(LateSTT(delay=0.3)).run(one_turn)
    assert [event.data["text"] for event in record.of("user.turn")] == ["book a table"]


def test_an_utterance_that_was_not_understood_after_all_is_no_turn() -> None:
    class Nothing(LateSTT):
        async def finish_utterance(self) -> Transcript:
            return Transcript("")

    record = hears(Nothing()).run(one_turn)
    assert record.of("user.turn") == []
    assert record.of("bot.llm_started") == []


async def slow_tool(params: FunctionCallParams) -> None:
    await params.llm.clock.sleep(1.0)
    await params.result_callback({"slots": ["nine"]})


def with_tool(reply: str) -> ScriptedCall:
    def make(parts: CallParts) -> CallParts:
        parts.llm.register_function("find", slow_tool, cancel_on_interruption=False)
        return parts

    return ScriptedCall(replies=[TapeReply(calls=[TapeCall("find")]), reply], make=make)


def test_a_result_while_the_caller_speaks_waits_for_the_callers_turn() -> None:
    async def play(call: LiveCall) -> None:
        await call.say("what is free")
        await call.wait(0.4)
        await call.say("in the morning please", seconds=1.6)
        await call.wait(4)

    record = with_tool("Nine is free.").run(play)
    started, stopped, (finished,) = record.of("bot.llm_started"), record.of("user.stopped"), record.of("tool.finished")
    assert finished.at < stopped[1].at <= started[1].at
    assert len(started) == 2


def test_an_owed_reply_comes_when_the_caller_said_nothing_after_all() -> None:
    async def play(call: LiveCall) -> None:
        await call.say("what is free")
        await call.wait(0.4)
        await call.say("", seconds=1.6)
        await call.wait(4)

    record = with_tool("Nine is free.").run(play)
    assert len(record.of("bot.llm_started")) == 2
    assert record.transcript[-1] == ("bot", "Nine is free.")

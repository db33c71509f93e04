"""Where the time of a reply went: each part has an owner and a setting, and none is left out (lessons T5, idea 5)."""

import asyncio
from typing import Any

import pytest

from bots.engine.audio.turn_analyzer import BaseSmartTurn, Floats, SmartTurnParams, TurnVerdict
from bots.engine.core.params import PipelineParams
from bots.engine.frames import LLMRunFrame, TTSSpeakFrame
from bots.engine.testing.call import CallParts, CallRecord, LiveCall, ScriptedCall
from bots.engine.testing.caller import CallerTransport, ScriptedVAD
from bots.engine.testing.loop import VirtualLoop
from bots.engine.testing.tapes import TapeCall, TapeLLM, TapeReply, TapeSTT, TapeTTS, TapeVoice
from bots.engine.transports.params import TransportParams
from bots.engine.turns.waiting import WaitingTime


async def slow_tool(params: Any) -> None:
    await params.llm.clock.sleep(0.7)
    await params.result_callback({"found": True})


def latencies(record: CallRecord) -> list[dict[str, Any]]:
    return [event.data["latency"] for event in record.of("bot.turn")]


def named(latency: dict[str, Any]) -> dict[str, float]:
    """The parts by name, in the order of their time; parts of one name together."""
    parts: dict[str, float] = {}
    for part in latency["segments"]:
        parts[part["name"]] = parts.get(part["name"], 0.0) + part["ms"]
    assert sum(parts.values()) == pytest.approx(latency["total_ms"], abs=1.0)
    return parts


async def one_turn(call: LiveCall) -> None:
    await call.say("hello")
    await call.bot_silent(quiet=2)


def test_every_part_of_a_spoken_turn_is_named_with_owner_and_setting() -> None:  # lessons T5
    def make(parts: CallParts) -> CallParts:
        parts.stt = TapeSTT(delay=0.25)
        parts.llm = TapeLLM([TapeReply("Well yes indeed.", first=0.4, between=0.1)])
        parts.tts = TapeTTS(TapeVoice(delay=0.15))
        return parts

    (latency,) = latencies(ScriptedCall(make=make).run(one_turn))
    parts = named(latency)
    assert parts["end_of_turn"] == pytest.approx(200, abs=35)
    assert parts["stt"] == pytest.approx(250, abs=1)
    assert parts["llm"] == pytest.approx(400, abs=1)
    assert parts["sentence"] == pytest.approx(200, abs=1)
    assert parts["tts"] == pytest.approx(150, abs=1)
    assert {part["name"]: (part["owner"], part["setting"]) for part in latency["segments"]} == {
        "end_of_turn": ("setting", "vad.stop_secs"),
        "stt": ("provider", "stt.provider"),
        "llm": ("provider", "llm.provider"),
        "sentence": ("setting", "speech.aggregation"),
        "tts": ("provider", "tts.provider"),
    }
    assert latency["origin"] == "voice"
    assert latency["sentence"].endswith("ms was waiting for the model's first words.")


class SlowVerdict(BaseSmartTurn):
    """Takes 0.1 seconds to hear that the caller is done."""

    async def predict(self, audio: Floats) -> TurnVerdict:
        await asyncio.sleep(0.1)
        return TurnVerdict(True, 0.9)


def test_the_time_of_a_turn_analyzer_is_not_that_of_the_silence_before_it() -> None:  # lessons T5, TURN-07
    def make(parts: CallParts) -> CallParts:
        params = TransportParams(vad_analyzer=ScriptedVAD(), turn_analyzer=SlowVerdict(params=SmartTurnParams()))
        parts.transport = CallerTransport(params)
        return parts

    async def play(call: LiveCall) -> None:
        await call.say("hello", silence=0.8)
        await call.bot_silent(quiet=2)

    (latency,) = latencies(ScriptedCall(replies=["Hi."], make=make).run(play))
    parts = named(latency)
    assert parts["end_of_turn"] == pytest.approx(200, abs=35)
    assert parts["turn"] == pytest.approx(100, abs=21)
    assert [part["setting"] for part in latency["segments"]][:2] == ["vad.stop_secs", "turn_end.analyzer"]


def test_the_time_of_tools_is_a_part_of_its_own() -> None:  # lessons T5
    replies = [TapeReply(calls=[TapeCall("slow")], first=0.2), TapeReply("Found it.", first=0.3)]
    (latency,) = latencies(ScriptedCall(replies=replies, tools={"slow": slow_tool}).run(one_turn))
    parts = named(latency)
    assert parts["tools"] == pytest.approx(700, abs=1)
    assert parts["llm"] == pytest.approx(500, abs=1)
    assert [part["name"] for part in latency["segments"]].count("llm") == 2
    assert latency["sentence"].endswith("was waiting for tools.")


def test_a_filler_ends_the_wait_of_its_turn_and_the_answer_behind_it_has_none() -> None:  # lessons T5
    async def filled(params: Any) -> None:
        await params.llm.push_frame(TTSSpeakFrame("One moment."))
        await slow_tool(params)

    replies = [TapeReply(calls=[TapeCall("slow")], first=0.2), "Found it."]
    record = ScriptedCall(replies=replies, tools={"slow": filled}).run(one_turn)
    filler, answer = record.of("bot.turn")
    assert filler.data["text"] == "One moment."
    assert filler.data["latency_ms"] == filler.data["latency"]["total_ms"]
    assert "tts" in named(filler.data["latency"])
    assert answer.data["latency"] is None


def test_a_typed_turn_counts_from_the_moment_it_came() -> None:  # lessons T5
    async def play(call: LiveCall) -> None:
        await call.type("hello", at=1.0)
        await call.bot_silent(quiet=2)

    record = ScriptedCall(replies=["Hi there."]).run(play)
    (latency,) = latencies(record)
    assert latency["origin"] == "text"
    assert latency["total_ms"] == pytest.approx(1000 * (record.of("bot.turn")[0].data["at"] - 1.0), abs=1)
    assert set(named(latency)) <= {"engine", "llm", "sentence", "tts", "transport"}


def test_nobody_waited_for_a_greeting_so_it_is_no_reply_time() -> None:  # lessons T5
    for greeting in (TTSSpeakFrame("Good day."), LLMRunFrame()):

        async def play(call: LiveCall, greeting: Any = greeting) -> None:
            told: list[Any] = []

            async def tell(_: object, latency: Any) -> None:
                told.append(latency)

            call.parts.pair.latency.add_event_handler("on_turn_latency", tell)
            await call.queue(greeting)
            await call.bot_silent(quiet=2)
            assert told == []

        (greeted,) = ScriptedCall(replies=["Good day."]).run(play).of("bot.turn")
        assert greeted.data["latency_ms"] is None
        assert greeted.data["latency"]["origin"] == "prompt"
        assert named(greeted.data["latency"])["tts"] == pytest.approx(50, abs=1)


def test_words_that_are_not_a_turn_leave_no_wait_behind() -> None:  # lessons T5
    async def play(call: LiveCall) -> None:
        await call.say("tell me")
        await call.interrupt_at_word(2, "mhm")
        await call.bot_silent(quiet=2)

    said = "This is a rather long answer for you. And it goes on."
    call = ScriptedCall(
        replies=[TapeReply(said, between=0.15)],
        params=PipelineParams(audio_out_sample_rate=16000, allow_interruptions=False),
    )
    record = call.run(play)
    assert [event.data["disposition"] for event in record.of("user.turn")] == ["turn", "discarded"]
    (latency,) = latencies(record)
    assert latency["total_ms"] < 1500


def test_a_caller_who_speaks_again_is_measured_from_the_last_word() -> None:  # lessons T5
    async def play(call: LiveCall) -> None:
        await call.say("I would like")
        await call.say("a table")
        await call.bot_silent(quiet=2)

    record = ScriptedCall(replies=[TapeReply("Gone.", first=0.5), "A table it is."]).run(play)
    silent = record.of("user.stopped")[-1].data["last_voiced_at"]
    first = record.of("bot.turn")[-1]
    assert first.data["latency_ms"] == pytest.approx(1000 * (first.data["at"] - silent), abs=1)


def test_a_loop_that_stood_still_is_the_engines_and_not_the_models() -> None:  # lessons T5
    async def play(call: LiveCall) -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        # The model answers after 0.4 s, while the loop is held up for half a second.
        call.clock.call_later(1.1, lambda: loop.stand_still(0.5))
        await call.say("hello")
        await call.bot_silent(quiet=2)

    (latency,) = latencies(ScriptedCall(replies=[TapeReply("Hi.", first=0.4)]).run(play))
    parts = named(latency)
    assert parts["engine"] == pytest.approx(500, abs=25)
    assert parts["llm"] < 400


def test_a_stall_in_the_middle_of_a_wait_held_nothing_up() -> None:  # lessons T5
    time = WaitingTime(1.0, [("llm", 1.0)])
    assert [(part.name, part.at, part.end) for part in time.segments(2.0, [(1.2, 1.5)], 0.02)] == [("llm", 1.0, 2.0)]
    held = time.segments(2.0, [(1.6, 1.99)], 0.02)
    assert [(part.name, part.at, part.end) for part in held] == [("llm", 1.0, 1.6), ("engine", 1.6, 2.0)]

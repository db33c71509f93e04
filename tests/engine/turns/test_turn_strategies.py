"""The newer turn model: strategies that begin and end the caller's turns, and the events beside them (TURN-27)."""

from __future__ import annotations

import math
from typing import Any

import pytest

from bots.engine.errors import SpecError
from bots.engine.frames import InterimTranscriptionFrame, TranscriptionFrame
from bots.engine.testing.call import CallParts, CallRecord, LiveCall, ScriptedCall
from bots.engine.testing.tapes import TapeSTT
from bots.engine.turns.pair import LLMContextAggregatorPair
from bots.engine.turns.params import LLMUserAggregatorParams
from bots.engine.turns.turn_strategies import (
    BaseUserTurnStartStrategy,
    BaseUserTurnStopStrategy,
    MinWordsUserTurnStartStrategy,
    SpeechTimeoutUserTurnStopStrategy,
    TranscriptionUserTurnStartStrategy,
    TurnAnalyzerUserTurnStopStrategy,
    UserTurnStrategies,
    VADUserTurnStartStrategy,
)
from tests.engine.transports.test_voice_edges import ToldTurns

STORY = " ".join(f"word{number}" for number in range(40)) + "."


def with_turns(
    start: list[BaseUserTurnStartStrategy] | None = None,
    stop: list[BaseUserTurnStopStrategy] | None = None,
    *,
    stt: TapeSTT | None = None,
    **params: Any,
) -> ScriptedCall:
    def make(parts: CallParts) -> CallParts:
        turns = UserTurnStrategies(start=start or [], stop=stop or [])
        user = LLMUserAggregatorParams(user_turn_strategies=turns, **params)
        parts.pair = LLMContextAggregatorPair(parts.pair.context, user_params=user)
        parts.stt = stt or parts.stt
        return parts

    return ScriptedCall(replies=[STORY, "Yes.", "Again."], make=make)


def over_the_story(text: str) -> Any:
    async def play(call: LiveCall) -> None:
        await call.type("story")
        await call.interrupt_at_word(5, text)
        await call.bot_silent(quiet=1.5)

    return play


def dispositions(record: CallRecord) -> list[str]:
    return [event.data["disposition"] for event in record.of("user.utterance")]


def test_voice_begins_a_turn_at_once() -> None:
    record = with_turns([VADUserTurnStartStrategy()]).run(over_the_story("stop"))
    assert record.of("interruption")[-1].data["reason"] == "voice"
    assert record.of("interruption")[-1].at == record.of("user.started")[0].at
    assert dispositions(record) == ["turn"]


def test_the_first_word_begins_a_turn() -> None:
    record = with_turns([TranscriptionUserTurnStartStrategy()]).run(over_the_story("stop"))
    (cut,) = record.of("interruption")
    assert cut.data["reason"] == "transcription"
    assert cut.at > record.of("user.stopped")[0].at
    assert dispositions(record) == ["turn"]


@pytest.mark.parametrize("use_interim", [True, False])
def test_a_partial_word_counts_where_it_may(use_interim: bool) -> None:
    class Partial(TapeSTT):
        async def hear(self, pcm: bytes) -> None:
            self.show_partial("stop")

    strategy = TranscriptionUserTurnStartStrategy(use_interim=use_interim)
    record = with_turns([strategy], stt=Partial()).run(over_the_story("stop it"))
    assert (record.of("interruption")[0].at < record.of("user.stopped")[0].at) is use_interim


def test_words_are_counted_over_the_bot_and_not_in_its_silence() -> None:  # TURN-17, TURN-27
    few = with_turns([MinWordsUserTurnStartStrategy(3)]).run(over_the_story("okay"))
    assert few.of("interruption") == []
    assert dispositions(few) == ["discarded"]
    assert few.stored_words == STORY.split()
    enough = with_turns([MinWordsUserTurnStartStrategy(3)]).run(over_the_story("please stop it"))
    assert enough.of("interruption")[0].data["reason"] == "min_words"

    async def in_silence(call: LiveCall) -> None:
        await call.say("hi")
        await call.bot_silent()

    assert dispositions(with_turns([MinWordsUserTurnStartStrategy(3)]).run(in_silence)) == ["turn"]


def test_the_first_of_several_starts_begins_and_one_may_leave_the_bot_alone() -> None:
    quiet = TranscriptionUserTurnStartStrategy(enable_interruptions=False)
    record = with_turns([quiet, MinWordsUserTurnStartStrategy(9)]).run(over_the_story("go on"))
    assert record.of("interruption") == []
    assert dispositions(record) == ["turn"]


def test_a_turn_ends_when_nothing_more_is_said_for_a_while() -> None:
    async def play(call: LiveCall) -> None:
        await call.say("I would like")
        await call.wait(0.3)
        await call.say("a table")
        await call.wait(4)

    record = with_turns(stop=[SpeechTimeoutUserTurnStopStrategy(0.6)]).run(play)
    (turn,) = record.of("user.turn")
    assert turn.data["text"] == "I would like a table"
    assert turn.at == pytest.approx(record.of("user.stopped")[1].at + 0.6, abs=0.01)
    assert dispositions(record) == ["turn", "turn"]


def test_text_that_comes_after_the_timeout_ends_the_turn_when_it_comes() -> None:
    async def play(call: LiveCall) -> None:
        await call.say("hello")
        await call.wait(4)

    record = with_turns(stop=[SpeechTimeoutUserTurnStopStrategy(0.2)], stt=TapeSTT(delay=1.0)).run(play)
    (turn,) = record.of("user.turn")
    assert turn.at == pytest.approx(record.of("user.transcript")[0].at)


def test_a_turn_analyzer_ends_the_turn_it_calls_complete() -> None:  # TURN-07, TURN-10
    turns = ToldTurns(False, True, stop_secs=3.0)

    async def play(call: LiveCall) -> None:
        await call.say("I would like")
        await call.wait(1.0)
        await call.say("a table")
        await call.wait(4)

    record = with_turns(stop=[TurnAnalyzerUserTurnStopStrategy(turns)]).run(play)
    (turn,) = record.of("user.turn")
    assert turn.data["text"] == "I would like a table"
    assert turns.heard_secs[1] > turns.heard_secs[0] > 0.4


def test_silence_ends_what_the_analyzer_calls_incomplete() -> None:
    async def play(call: LiveCall) -> None:
        await call.say("I would like")
        await call.parts.transport.input().speak(4.0, voiced=False)

    turns = ToldTurns(False, stop_secs=1.5)
    record = with_turns(stop=[TurnAnalyzerUserTurnStopStrategy(turns)]).run(play)
    (turn,), (stopped,) = record.of("user.turn"), record.of("user.stopped")
    assert turn.at - stopped.data["last_voiced_at"] == pytest.approx(1.5, abs=0.1)


def test_no_turn_stays_open_for_ever() -> None:
    """TURN-27: ``user_turn_stop_timeout``."""

    class Never(BaseUserTurnStopStrategy):
        async def on_silence(self, silent_secs: float) -> float | None:
            return None

    async def play(call: LiveCall) -> None:
        await call.say("hello")
        await call.wait(7)

    assert LLMUserAggregatorParams().user_turn_stop_timeout == 5.0
    record = with_turns(stop=[Never()]).run(play)
    (turn,) = record.of("user.turn")
    assert turn.at == pytest.approx(record.of("user.stopped")[0].at + 5.0, abs=0.01)


def test_texts_without_voice_activity_make_turns_too() -> None:
    async def play(call: LiveCall) -> None:
        await call.parts.stt.push_frame(InterimTranscriptionFrame("hel", "caller", "now"))
        await call.parts.stt.push_frame(TranscriptionFrame("hello", "caller", "now"))
        await call.wait(2)

    record = with_turns([TranscriptionUserTurnStartStrategy()], [SpeechTimeoutUserTurnStopStrategy(0.5)]).run(play)
    assert [event.data["text"] for event in record.of("user.turn")] == ["hello"]


def test_an_idle_caller_is_told_once_a_silence() -> None:  # TASK-33, TURN-27
    idle: list[float] = []

    async def play(call: LiveCall) -> None:
        async def note(_: object) -> None:
            idle.append(call.clock.now())

        call.parts.pair.user().add_event_handler("on_user_turn_idle", note)
        await call.say("hello")
        await call.wait(30)

    record = with_turns(user_idle_timeout=5.0).run(play)
    (stopped,) = record.of("bot.stopped")
    assert idle == [pytest.approx(stopped.at + 5.0, abs=0.01)]


@pytest.mark.parametrize("name", ["transcript_secs", "user_turn_stop_timeout", "user_idle_timeout"])
def test_times_that_mean_nothing_are_refused_by_name(name: str) -> None:
    for wrong in (-1.0, math.nan):
        with pytest.raises(SpecError, match=name):
            LLMUserAggregatorParams(**{name: wrong})
    with pytest.raises(SpecError, match="user_speech_timeout"):
        SpeechTimeoutUserTurnStopStrategy(-1.0)
    with pytest.raises(SpecError, match="min_words"):
        MinWordsUserTurnStartStrategy(0)

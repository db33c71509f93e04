"""When speech over the bot counts as an interruption (TURN-15…20)."""

import pytest

from bots.engine.core.params import PipelineParams
from bots.engine.errors import SpecError
from bots.engine.testing.call import CallParts, LiveCall, ScriptedCall
from bots.engine.testing.tapes import TapeSTT
from bots.engine.turns.strategies import BaseInterruptionStrategy, MinWordsInterruptionStrategy

STORY = " ".join(f"word{number}" for number in range(40)) + "."
RATE = PipelineParams(audio_out_sample_rate=16000)


def with_strategies(*strategies: BaseInterruptionStrategy, allow: bool = True) -> PipelineParams:
    return PipelineParams(
        audio_out_sample_rate=16000, allow_interruptions=allow, interruption_strategies=tuple(strategies)
    )  # fmt: skip


def test_a_short_word_over_the_bot_does_not_stop_it_and_is_not_queued() -> None:  # TURN-17…19
    async def play(live: LiveCall) -> None:
        await live.type("story")
        await live.interrupt_at_word(5, "okay")
        await live.bot_silent()

    record = ScriptedCall(replies=[STORY], params=with_strategies(MinWordsInterruptionStrategy(3))).run(play)
    assert record.stored_words == STORY.split()
    assert [event.data["disposition"] for event in record.of("user.turn")] == ["turn", "discarded"]
    assert [message["content"] for message in record.messages if message["role"] == "user"] == ["story"]


def test_enough_words_stop_the_bot_and_are_answered() -> None:  # TURN-17, TURN-18
    async def play(live: LiveCall) -> None:
        await live.type("story")
        await live.interrupt_at_word(5, "please stop it")
        await live.bot_silent()

    record = ScriptedCall(replies=[STORY, "Right."], params=with_strategies(MinWordsInterruptionStrategy(3))).run(play)
    assert len(record.stored_words) < 20
    assert record.stored_words[-1] == "Right."


def test_while_the_bot_is_silent_any_speech_counts_whatever_the_strategies() -> None:  # TURN-18
    async def play(live: LiveCall) -> None:
        await live.say("hi")
        await live.bot_silent()

    record = ScriptedCall(replies=["Hello."], params=with_strategies(MinWordsInterruptionStrategy(3))).run(play)
    assert record.transcript == [("user", "hi"), ("bot", "Hello.")]


class Counting(BaseInterruptionStrategy):
    def __init__(self, verdict: bool) -> None:
        self.verdict, self.resets, self.asked = verdict, 0, 0

    async def should_interrupt(self) -> bool:
        self.asked += 1
        return self.verdict

    async def reset(self) -> None:
        self.resets += 1


def test_strategies_are_asked_when_the_caller_stops_and_reset_after_and_at_each_start() -> None:  # TURN-16, TURN-20
    no, yes = Counting(False), Counting(True)

    async def play(live: LiveCall) -> None:
        await live.type("story")
        await live.interrupt_at_word(5, "stop")
        await live.bot_silent()

    record = ScriptedCall(replies=[STORY, "Right."], params=with_strategies(no, yes)).run(play)
    assert (no.asked, yes.asked) == (1, 1)
    assert (no.resets, yes.resets) == (2, 2)
    assert "strategy" in [event.data["reason"] for event in record.of("interruption")]


def test_the_first_strategy_that_says_yes_is_the_last_one_asked() -> None:  # TURN-18
    yes, never = Counting(True), Counting(True)

    async def play(live: LiveCall) -> None:
        await live.type("story")
        await live.interrupt_at_word(5, "stop")
        await live.bot_silent()

    ScriptedCall(replies=[STORY, "Right."], params=with_strategies(yes, never)).run(play)
    assert (yes.asked, never.asked) == (1, 0)


def test_strategies_hear_the_caller_over_the_bot_and_only_then() -> None:  # TURN-16, TURN-18
    heard: list[float] = []

    class Ear(Counting):
        async def append_audio(self, audio: bytes, sample_rate: int) -> None:
            heard.append(len(audio) / 2 / sample_rate)

    async def play(live: LiveCall) -> None:
        await live.say("hello", seconds=1.0)
        await live.wait(1.0)
        assert heard == []
        await live.say("stop", seconds=0.5)
        await live.bot_silent()

    ScriptedCall(replies=[STORY], params=with_strategies(Ear(False))).run(play)
    assert 0.3 < sum(heard) < 0.8


def test_without_interruptions_the_bot_finishes_and_what_was_said_over_it_is_discarded() -> None:  # TASK-05
    async def play(live: LiveCall) -> None:
        await live.type("story")
        await live.interrupt_at_word(5, "stop")
        await live.bot_silent()

    record = ScriptedCall(replies=[STORY], params=with_strategies(allow=False)).run(play)
    assert record.stored_words == STORY.split()
    assert [event.data["disposition"] for event in record.of("user.turn")] == ["turn", "discarded"]


@pytest.mark.parametrize("wrong", [0, -1, 1.5, True])
def test_the_least_number_of_words_is_above_zero(wrong: int) -> None:  # TURN-17
    with pytest.raises(SpecError, match="min_words") as caught:
        MinWordsInterruptionStrategy(wrong)
    assert isinstance(caught.value, ValueError)


def test_words_that_come_late_are_judged_like_any_others() -> None:  # TURN-18
    def make(parts: CallParts) -> CallParts:
        parts.stt = TapeSTT(delay=1.5)
        return parts

    async def play(live: LiveCall) -> None:
        await live.type("story")
        await live.interrupt_at_word(5, "okay")
        await live.bot_silent()

    strategies = with_strategies(MinWordsInterruptionStrategy(3))
    record = ScriptedCall(replies=[STORY], params=strategies, make=make).run(play)
    assert record.stored_words == STORY.split()
    assert [event.data["disposition"] for event in record.of("user.turn")] == ["turn", "discarded"]
    assert [event.data["reason"] for event in record.of("user.utterance")] == ["strategy"]

"""Barge-in in two steps: held at a sample, then cut or resumed, each with its reason (lessons T1, T4)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from bots.engine.core.params import PipelineParams
from bots.engine.errors import SpecError
from bots.engine.frames import EndFrame, InterimTranscriptionFrame, OutputHoldFrame, TTSSpeakFrame
from bots.engine.testing.call import CallParts, CallRecord, LiveCall, ScriptedCall
from bots.engine.testing.caller import CallerTransport, ClearableCallerOutput, ScriptedVAD
from bots.engine.testing.tapes import TapeSTT
from bots.engine.transports.params import TransportParams
from bots.engine.turns.barge_in import BargeInParams
from bots.engine.turns.pair import LLMContextAggregatorPair
from bots.engine.turns.params import LLMUserAggregatorParams
from bots.engine.turns.strategies import BaseInterruptionStrategy, MinWordsInterruptionStrategy

STORY = " ".join(f"word{number}" for number in range(40)) + "."


def two_step(
    *strategies: BaseInterruptionStrategy, clearable: bool = True, stt: TapeSTT | None = None, **params: float
) -> ScriptedCall:
    def make(parts: CallParts) -> CallParts:
        user = LLMUserAggregatorParams(barge_in=BargeInParams(**params))  # type: ignore[arg-type]
        parts.pair = LLMContextAggregatorPair(parts.pair.context, user_params=user)
        parts.transport = CallerTransport(
            TransportParams(vad_analyzer=ScriptedVAD(), pause_secs=0.1), clearable=clearable
        )  # fmt: skip
        parts.stt = stt or parts.stt
        return parts

    return ScriptedCall(
        replies=[STORY, "Yes."],
        make=make,
        clearable=clearable,
        params=PipelineParams(audio_out_sample_rate=16000, interruption_strategies=strategies),
    )


def over_the_story(text: str, *, seconds: float = 0.3, silence: float = 0.9) -> Callable[[LiveCall], Awaitable[None]]:
    async def play(call: LiveCall) -> None:
        await call.type("story")
        await call.wait(1.5)
        await call.say(text, seconds=seconds, silence=silence)
        await call.bot_silent()

    return play


def decisions(record: CallRecord) -> list[tuple[str, str]]:
    return [(event.data["decision"], event.data["reason"]) for event in record.of("barge_in")]


def dispositions(record: CallRecord) -> list[tuple[str, str]]:
    return [(event.data["disposition"], event.data["reason"]) for event in record.of("user.utterance")]


@pytest.mark.parametrize("clearable", [True, False])
def test_a_sign_of_listening_lets_the_bot_go_on_at_the_next_sample(clearable: bool) -> None:
    record = two_step(clearable=clearable).run(over_the_story("mhm"))
    assert decisions(record) == [("hold", "voice"), ("resume", "backchannel")]
    assert dispositions(record) == [("backchannel", "backchannel")]
    assert record.of("interruption") == record.of("bot.turn")[1:] == []
    assert list(record.heard) == record.stored_words == STORY.split()
    (held,), (resumed,) = record.of("bot.held"), record.of("bot.resumed")
    assert 0.3 < resumed.at - held.at < 1.0


def samples_heard(play: Callable[[LiveCall], Awaitable[None]], *, clearable: bool) -> dict[int, int]:
    found: dict[int, int] = {}

    async def listen(call: LiveCall) -> None:
        await play(call)
        found.update(call.parts.transport.output().ear.samples_by_mark(call.clock.now()))

    two_step(clearable=clearable).run(listen)
    return found


@pytest.mark.heavy
@pytest.mark.parametrize("clearable", [True, False])
@pytest.mark.parametrize("shift", [0.0, 0.0037, 0.0113])
def test_not_a_sample_is_lost_or_heard_twice_by_a_hold(clearable: bool, shift: float) -> None:
    async def undisturbed(call: LiveCall) -> None:
        await call.type("story")
        await call.bot_silent(quiet=2.0)

    async def held(call: LiveCall) -> None:
        await call.type("story")
        await call.wait(1.5 + shift)
        await call.say("yes", seconds=0.3, silence=0.9)
        await call.wait(0.4)
        await call.say("uh-huh", seconds=0.3, silence=0.9)
        await call.bot_silent(quiet=2.0)

    whole = samples_heard(undisturbed, clearable=clearable)
    assert sum(whole.values()) == 40 * 0.2 * 16000
    assert samples_heard(held, clearable=clearable) == whole


class LaggingOutput(ClearableCallerOutput):
    """A far end that plays everything 13 ms after its time, and tells what it had not played yet."""

    def write_audio(self, pcm: bytes) -> None:
        self.ear.take(pcm, self.clock.now() + 0.013)

    def clear(self) -> float:
        now = self.clock.now()
        unplayed = max(0.0, self.ear.plays_until - now)
        self.ear.cut(now)
        return unplayed


def test_a_far_end_that_lags_says_what_it_has_not_played() -> None:
    found: list[dict[int, int]] = []

    async def play(call: LiveCall) -> None:
        await call.type("story")
        await call.wait(1.5)
        await call.say("yes", seconds=0.3, silence=0.9)
        await call.bot_silent(quiet=2.0)
        found.append(call.parts.transport.output().ear.samples_by_mark(call.clock.now()))

    def make(parts: CallParts) -> CallParts:
        parts = two_step().make(parts)
        parts.transport._output = LaggingOutput(parts.transport.params)
        return parts

    record = two_step().with_(make=make).run(play)
    assert len(record.of("bot.resumed")) == 1
    assert set(found[0].values()) == {0.2 * 16000}


def test_words_cut_the_bot_where_it_was_held_and_are_answered() -> None:
    record = two_step().run(over_the_story("please stop now", seconds=0.5))
    assert decisions(record) == [("hold", "voice"), ("cut", "words")]
    assert dispositions(record) == [("turn", "words")]
    (held,) = record.of("bot.held")
    stopped = next(event for event in record.of("bot.stopped") if event.data["interrupted"])
    assert stopped.data["at"] == held.data["at"]
    assert record.stored_words == list(record.heard)
    assert record.stored_words[-1] == "Yes."


def test_the_bot_is_silent_as_soon_as_it_would_be_without_the_second_step() -> None:
    plain = ScriptedCall(replies=[STORY, "Yes."], clearable=True).run(over_the_story("please stop now"))
    held = two_step().run(over_the_story("please stop now"))
    assert plain.of("interruption")[-1].at == held.of("bot.held")[0].at
    assert plain.of("bot.stopped")[0].data["at"] == held.of("bot.stopped")[0].data["at"]


def test_partial_words_decide_before_the_caller_has_finished() -> None:
    class Partial(TapeSTT):
        async def hear(self, pcm: bytes) -> None:
            self.show_partial("wait a second")

    record = two_step(stt=Partial()).run(over_the_story("wait a second please", seconds=0.7))
    assert decisions(record) == [("hold", "voice"), ("cut", "words")]
    assert record.of("interruption")[-1].at < record.of("user.stopped")[-1].at
    assert dispositions(record) == [("turn", "words")]


def test_one_partial_word_decides_nothing_yet() -> None:
    class Unsure(TapeSTT):
        async def hear(self, pcm: bytes) -> None:
            self.show_partial("the")

    record = two_step(stt=Unsure()).run(over_the_story("okay", seconds=0.4))
    assert decisions(record) == [("hold", "voice"), ("resume", "backchannel")]


def test_speech_that_lasts_is_meant_even_before_its_words_are_known() -> None:
    record = two_step(decide_secs=0.5).run(over_the_story("I would like to say something long", seconds=1.5))
    assert decisions(record) == [("hold", "voice"), ("cut", "speech")]
    assert dispositions(record) == [("turn", "speech")]
    assert record.of("interruption")[-1].at - record.of("bot.held")[0].at == pytest.approx(0.5, abs=0.01)


def test_a_short_sound_without_words_is_passed_over() -> None:
    record = two_step(stt=TapeSTT(delay=1.2)).run(over_the_story("", seconds=0.2, silence=2.0))
    assert decisions(record) == [("hold", "voice"), ("resume", "too_short")]
    assert dispositions(record) == [("discarded", "no_words")]
    assert list(record.heard) == STORY.split()


def test_words_that_come_after_the_bot_went_on_still_cut_it() -> None:
    record = two_step(stt=TapeSTT(delay=0.7)).run(over_the_story("stop", seconds=0.2, silence=2.0))
    assert decisions(record) == [("hold", "voice"), ("resume", "too_short"), ("cut", "words")]
    assert dispositions(record) == [("turn", "words")]


@pytest.mark.parametrize(
    ("said", "decided", "settled"),
    [("please stop it", ("cut", "strategy"), ("turn", "strategy")),
     ("stop", ("resume", "strategy"), ("discarded", "strategy")),
     ("okay", ("resume", "backchannel"), ("backchannel", "backchannel"))],
)  # fmt: skip
def test_strategies_decide_where_there_are_some(
    said: str, decided: tuple[str, str], settled: tuple[str, str]
) -> None:  # TURN-15…19
    record = two_step(MinWordsInterruptionStrategy(3)).run(over_the_story(said))
    assert decisions(record) == [("hold", "voice"), decided]
    assert dispositions(record) == [settled]


def test_with_strategies_the_bot_waits_no_longer_than_its_budget() -> None:
    record = two_step(MinWordsInterruptionStrategy(3), decide_secs=0.4).run(
        over_the_story("well I do think so", seconds=1.5)
    )  # fmt: skip
    assert decisions(record) == [("hold", "voice"), ("resume", "timeout"), ("cut", "strategy")]


def test_while_the_bot_is_silent_nothing_is_held() -> None:
    async def play(call: LiveCall) -> None:
        await call.say("hello")
        await call.bot_silent()

    record = two_step().run(play)
    assert decisions(record) == []
    assert dispositions(record) == [("turn", "user_speech")]


def test_a_typed_turn_ends_the_hold() -> None:
    async def play(call: LiveCall) -> None:
        await call.type("story")
        await call.wait(1.5)
        await call.parts.transport.input().speak(0.3)
        await call.type("stop")
        await call.parts.transport.input().speak(0.5, voiced=False)
        await call.bot_silent()

    record = two_step().run(play)
    assert decisions(record) == [("hold", "voice")]
    assert record.stored_words[-1] == "Yes."
    assert list(record.heard) == record.stored_words


def test_a_hold_that_nobody_ends_ends_itself() -> None:
    async def play(call: LiveCall) -> None:
        await call.queue(TTSSpeakFrame("one two three four five six"))
        await call.wait(0.5)
        await call.parts.pair.user().push_frame(OutputHoldFrame())
        await call.wait(1.0)
        assert len(call.heard()) < 4
        await call.bot_silent(quiet=3.5)

    record = two_step().run(play)
    (held,), (resumed,) = record.of("bot.held"), record.of("bot.resumed")
    assert resumed.at - held.at == pytest.approx(3.0, abs=0.01)
    assert len(record.heard) == 6


def test_a_call_that_ends_while_the_bot_is_held_ends_with_what_was_heard() -> None:
    async def play(call: LiveCall) -> None:
        await call.type("story")
        await call.wait(1.5)
        await call.parts.transport.input().speak(0.2)
        await call.hang_up()

    record = two_step().run(play)
    assert record.stored_words == list(record.heard)
    assert dispositions(record) == [("discarded", "call_ended")]


def test_a_graceful_end_waits_for_a_held_bot() -> None:
    async def play(call: LiveCall) -> None:
        await call.queue(TTSSpeakFrame("one two three four five six"))
        await call.wait(0.5)
        await call.queue(EndFrame())
        await call.say("mhm", seconds=0.2, silence=0.9)
        await call.wait(5)

    record = two_step().run(play)
    assert len(record.heard) == 6
    assert record.outcome.reason.value == "bot_ended"


@pytest.mark.parametrize(
    ("text", "listening"),
    [("mhm", True), ("Uh-huh, yeah.", True), ("Okay!", True), ("yes stop", False), ("no", False),
     ("yes yes yes yes", False), ("", False)],
)  # fmt: skip
def test_what_is_a_sign_of_listening(text: str, listening: bool) -> None:
    assert BargeInParams().is_backchannel(text) is listening


@pytest.mark.parametrize("name", ["decide_secs", "words_secs", "min_speech_secs"])
def test_times_that_mean_nothing_are_refused_by_name(name: str) -> None:
    for value in (0.0, -1.0, 9.0, float("nan")):
        with pytest.raises(SpecError, match=name):
            BargeInParams(**{name: value})  # type: ignore[arg-type]


def test_a_partial_text_does_not_outlive_the_word_it_was() -> None:
    async def play(call: LiveCall) -> None:
        await call.type("story")
        await call.wait(1.5)
        await call.parts.transport.input().speak(0.3)
        await call.parts.stt.push_frame(InterimTranscriptionFrame("yeah", "caller", "now"))
        await call.parts.transport.input().speak(0.3, voiced=False)
        await call.parts.stt.push_frame(InterimTranscriptionFrame("", "caller", "now"))
        await call.bot_silent()

    record = two_step().run(play)
    assert ("resume", "no_words") in decisions(record) or ("resume", "backchannel") in decisions(record)
    assert dispositions(record) == [("discarded", "no_words")]
    assert list(record.heard) == STORY.split()

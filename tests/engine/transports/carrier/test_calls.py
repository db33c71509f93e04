"""Whole calls over a carrier's stream, with a far end that plays late (DESIGN 1.3; lessons T1, T4, T8)."""

from collections.abc import Awaitable, Callable

import pytest

from bots.engine.core.outcome import EndReason
from bots.engine.core.params import PipelineParams
from bots.engine.frames import EndFrame, TTSSpeakFrame
from bots.engine.testing.call import CallParts, CallRecord, LiveCall, ScriptedCall
from bots.engine.testing.caller import ScriptedVAD
from bots.engine.testing.far_end import Distance
from bots.engine.testing.phone import PhoneTransport
from bots.engine.testing.tapes import TapeTTS, TapeVoice
from bots.engine.transports.carrier.marks import PATIENCE
from bots.engine.transports.params import TransportParams
from bots.engine.turns.barge_in import BargeInParams
from bots.engine.turns.pair import LLMContextAggregatorPair
from bots.engine.turns.params import LLMUserAggregatorParams

from .json_stream import RATE, JsonFarEnd, JsonStream, SilentJsonStream

pytestmark = pytest.mark.heavy

FIVE = ["one", "two", "three", "four", "five"]
TEN = "One two three four five six seven eight nine ten."


class Phoned:
    """One call by telephone; ``play`` gets the live call and the transport."""

    def __init__(
        self,
        play: Callable[[LiveCall, PhoneTransport], Awaitable[None]],
        distance: Distance,
        *,
        serializer: Callable[[], JsonStream] = JsonStream,
        two_step: bool = False,
        word: float = 0.3,
    ) -> None:
        self._play, self._distance, self._serializer = play, distance, serializer
        self._two_step, self._word = two_step, word
        call = ScriptedCall(
            replies=[TEN, TEN],
            make=self._make,
            params=PipelineParams(audio_in_sample_rate=RATE, audio_out_sample_rate=RATE),
        )
        self.record: CallRecord = call.run(self._run)

    def _make(self, parts: CallParts) -> CallParts:
        ears = TransportParams(vad_analyzer=ScriptedVAD(), pause_secs=0.1)
        self.phone = PhoneTransport(self._serializer(), JsonFarEnd(), self._distance, ears)
        parts.transport = self.phone  # type: ignore[assignment]
        parts.tts = TapeTTS(TapeVoice(word=self._word), sample_rate=RATE)
        if self._two_step:
            params = LLMUserAggregatorParams(barge_in=BargeInParams(decide_secs=0.4))
            parts.pair = LLMContextAggregatorPair(parts.pair.context, user_params=params)
        return parts

    async def _run(self, live: LiveCall) -> None:
        self.phone.task = live.task
        await self._play(live, self.phone)
        if not live.task.has_finished():
            await live.wait(1.0)
            await self.phone.hang_up()
            await live.wait(5.0)


FAR = Distance(there=0.12, back=0.15, buffer=0.1)


@pytest.mark.parametrize("distance", [Distance(0.0, 0.0, 0.0), Distance(), FAR, Distance(0.2, 0.2, 0.0)])
def test_an_end_waits_until_the_last_word_was_heard(distance: Distance) -> None:  # TEL-07, T8
    async def play(live: LiveCall, phone: PhoneTransport) -> None:
        await live.queue(TTSSpeakFrame("one two three four five"), EndFrame())
        await live.wait(10.0)

    call = Phoned(play, distance)
    assert call.record.outcome.reason is EndReason.BOT_ENDED
    assert list(call.record.heard) == call.record.stored_words == FIVE
    last = call.phone.far_end.ear.plays_until
    assert last <= call.record.outcome.duration_s <= last + distance.back + 0.05


def test_an_end_whose_marks_are_lost_waits_no_longer_than_patience() -> None:  # T8
    async def play(live: LiveCall, phone: PhoneTransport) -> None:
        await live.queue(TTSSpeakFrame("one two three four five"), EndFrame())
        await live.wait(10.0)

    call = Phoned(play, Distance(lost_marks=1.0))
    assert call.record.outcome.reason is EndReason.BOT_ENDED
    assert list(call.record.heard) == call.record.stored_words == FIVE
    assert call.record.outcome.duration_s <= call.phone.far_end.ear.plays_until + PATIENCE + 0.5
    assert len(call.record.of("playout.unacknowledged")) == 1


def test_an_end_over_a_carrier_without_marks_comes_200_ms_after_the_last_word_is_due() -> None:
    async def play(live: LiveCall, phone: PhoneTransport) -> None:
        await live.queue(TTSSpeakFrame("one two three four five"), EndFrame())
        await live.wait(10.0)

    call = Phoned(play, Distance(0.05, 0.05, 0.05), serializer=SilentJsonStream)
    assert call.record.stored_words == FIVE
    [started] = call.record.of("bot.started")
    assert call.record.outcome.duration_s == pytest.approx(started.data["at"] + 1.5 + 0.2, abs=0.05)
    assert call.phone.far_end.marks == []


@pytest.mark.parametrize("distance", [Distance(0.0, 0.0, 0.0), Distance(), FAR, Distance(0.2, 0.2, 0.0)])
@pytest.mark.parametrize("after", [0.35, 1.0, 1.77, 2.5])
def test_what_is_stored_after_an_interruption_is_what_the_far_end_played(distance: Distance, after: float) -> None:
    async def play(live: LiveCall, phone: PhoneTransport) -> None:
        await live.type("go on", at=0.5)
        await live.wait(0.16 + after)
        await live.task.interrupt()

    call = Phoned(play, distance)
    assert call.record.stored_words == list(call.record.heard)
    assert len(call.phone.far_end.clears) == 1


def test_the_far_end_is_silent_one_way_after_the_interruption() -> None:  # TEL-15
    async def play(live: LiveCall, phone: PhoneTransport) -> None:
        await live.type("go on", at=0.5)
        await live.wait(1.5)
        await live.task.interrupt()

    call = Phoned(play, FAR)
    [cut] = call.record.of("interruption")
    assert call.phone.far_end.clears == [pytest.approx(cut.at + FAR.there, abs=0.001)]
    assert call.phone.far_end.ear.plays_until <= cut.at + FAR.there + 1e-6


@pytest.mark.parametrize("distance", [Distance(0.0, 0.0, 0.0), Distance(), FAR])
def test_speech_that_was_held_goes_on_with_the_sample_that_was_not_heard(distance: Distance) -> None:  # T4
    async def play(live: LiveCall, phone: PhoneTransport) -> None:
        await live.type("go on", at=0.5)
        await live.wait(1.4)
        await live.say("mhm", seconds=0.3, silence=0.5)
        await live.bot_silent(quiet=1.5)

    call = Phoned(play, distance, two_step=True)
    record = call.record
    assert len(record.of("bot.held")) == len(record.of("bot.resumed")) == 1
    assert record.stored_words == list(record.heard) == TEN.split()
    samples = call.phone.far_end.ear.samples_by_mark(1000.0)
    assert all(abs(count - 0.3 * RATE) <= 1 for count in samples.values())


def test_a_caller_who_hangs_up_has_heard_what_was_played_until_then() -> None:  # TEL-24
    async def play(live: LiveCall, phone: PhoneTransport) -> None:
        await live.type("go on", at=0.5)
        await live.wait(2.0)
        await phone.hang_up()
        await live.wait(1.0)

    call = Phoned(play, FAR)
    assert call.record.outcome.reason is EndReason.CALLER_HUNG_UP
    assert call.record.stored_words == list(call.record.heard)
    assert call.phone.over == ["closed"]


def test_what_was_sent_and_what_was_acknowledged_are_both_kept() -> None:  # T8
    async def play(live: LiveCall, phone: PhoneTransport) -> None:
        await live.type("go on", at=0.5)
        await live.bot_silent(quiet=1.0)

    call = Phoned(play, FAR)
    marks = [mark for event in call.record.of("playout.acknowledged") for mark in event.data["marks"]]
    [started] = call.record.of("bot.started")
    assert [round(position - started.data["at"], 2) for position, _ in marks] == [
        0.02,
        0.52,
        1.02,
        1.52,
        2.02,
        2.52,
        3.0,
    ]
    assert {round(at - position, 2) for position, at in marks} == {0.37}

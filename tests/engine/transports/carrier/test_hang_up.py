"""The call is hung up after the last word that was heard, always and within limits (TEL-07; lessons T8).

Whatever ends it: the model's tool, a silent caller, a server that drains, a message on a machine, a conversation that
goes nowhere. And whatever the carrier says of what it has played: marks in time, late ones, none, or lost ones.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from bots.engine.blocks.answering import AnswerDetector, AnswerGate, AnswerPlan
from bots.engine.blocks.conversation_guard import ConversationGuard
from bots.engine.blocks.silent_caller import SilentCaller
from bots.engine.core.outcome import EndReason
from bots.engine.core.params import PipelineParams
from bots.engine.core.processor import FrameProcessor
from bots.engine.core.task import PipelineTask
from bots.engine.frames import AnsweredByFrame, TTSSpeakFrame
from bots.engine.testing.call import CallParts, CallRecord, LiveCall, ScriptedCall
from bots.engine.testing.caller import ScriptedVAD
from bots.engine.testing.far_end import Distance
from bots.engine.testing.phone import PhoneTransport
from bots.engine.testing.tapes import TapeCall, TapeReply, TapeTTS, TapeVoice
from bots.engine.tools.builtin import end_call
from bots.engine.transports.carrier.marks import PATIENCE
from bots.engine.transports.params import TransportParams

from .json_stream import RATE, JsonFarEnd, JsonStream, SilentJsonStream

pytestmark = pytest.mark.heavy

SAID = "One two three four five"
SLACK_S = 0.6


@dataclass
class Ended:
    """A call over a carrier's line that has ended."""

    record: CallRecord
    phone: PhoneTransport

    @property
    def last_heard(self) -> float:
        """When the far end had played everything."""
        return self.phone.far_end.ear.plays_until


class Stage:
    """One call; a test arranges what ends it."""

    def __init__(self, distance: Distance, serializer: Callable[[], JsonStream] = JsonStream) -> None:
        ears = TransportParams(vad_analyzer=ScriptedVAD())
        self.phone = PhoneTransport(serializer(), JsonFarEnd(), distance, ears)
        self.task: PipelineTask | None = None
        self.before: list[FrameProcessor] = []
        self.behind: list[FrameProcessor] = []

    async def end(self, reason: EndReason) -> None:
        assert self.task is not None
        await self.task.stop_when_done(reason)

    def make(self, parts: CallParts) -> CallParts:
        parts.transport = self.phone  # type: ignore[assignment]
        parts.tts = TapeTTS(TapeVoice(word=0.3), sample_rate=RATE)
        return parts

    def arrange(self, parts: CallParts) -> list[FrameProcessor]:
        call = parts.in_order()
        place = call.index(parts.pair.user())
        return [*call[:place], *self.before, parts.pair.user(), *self.behind, *call[place + 1 :]]

    def run(self, play: Callable[[LiveCall], Awaitable[None]], call: ScriptedCall, longest_s: float = 40.0) -> Ended:
        async def script(live: LiveCall) -> None:
            self.task = self.phone.task = live.task
            await play(live)
            await live.wait(longest_s)

        rates = PipelineParams(audio_in_sample_rate=RATE, audio_out_sample_rate=RATE)
        return Ended(call.with_(make=self.make, arrange=self.arrange, params=rates).run(script), self.phone)


def by_the_tool(stage: Stage) -> Ended:
    async def play(live: LiveCall) -> None:
        await live.type("bye", at=0.3)

    reply = TapeReply(SAID + ".", [TapeCall("end_call", {}, "1")])
    return stage.run(play, ScriptedCall([reply], tools={"end_call": end_call}))


def by_silence(stage: Stage) -> Ended:
    async def leave() -> None:
        await stage.end(EndReason.IDLE_TIMEOUT)

    async def play(live: LiveCall) -> None:
        await live.say("hello", at=0.2)

    stage.before.append(SilentCaller(prompts=(), goodbye=SAID, end=leave, timeout=1.0))
    return stage.run(play, ScriptedCall())


def by_draining(stage: Stage) -> Ended:
    async def play(live: LiveCall) -> None:
        await live.queue(TTSSpeakFrame(SAID))
        await live.wait(0.5)
        await live.task.stop_when_done(EndReason.SERVER_SHUTDOWN)

    return stage.run(play, ScriptedCall())


def by_too_many_turns(stage: Stage) -> Ended:
    guard = ConversationGuard(max_turns=1, goodbye=SAID, end=stage.end)
    stage.behind.append(guard)

    def make(parts: CallParts) -> CallParts:
        parts.pair.user().add_event_handler("on_user_turn", guard.user_turn)
        return Stage.make(stage, parts)

    async def play(live: LiveCall) -> None:
        stage.task = live.task
        await live.type("one", at=0.2)
        await live.type("two", at=0.6)

    stage.make = make  # type: ignore[method-assign]
    return stage.run(play, ScriptedCall())


def by_a_machine(stage: Stage) -> Ended:
    async def leave(detail: str) -> None:
        await stage.end(EndReason.MACHINE)

    detector = AnswerDetector(AnswerPlan("leave_message", SAID), end=leave)
    stage.before.append(detector)
    stage.behind.append(AnswerGate(detector.passes))

    async def opening() -> None: ...

    async def play(live: LiveCall) -> None:
        await detector.begin(opening, opens_itself=True)
        await live.queue(AnsweredByFrame("machine"))

    return stage.run(play, ScriptedCall())


ENDS: list[tuple[Callable[[Stage], Ended], EndReason]] = [
    (by_the_tool, EndReason.BOT_ENDED),
    (by_silence, EndReason.IDLE_TIMEOUT),
    (by_draining, EndReason.SERVER_SHUTDOWN),
    (by_too_many_turns, EndReason.MAX_TURNS),
    (by_a_machine, EndReason.MACHINE),
]
FAR = Distance(there=0.2, back=0.2, buffer=0.2)
LOST = Distance(lost_marks=1.0)


@pytest.mark.parametrize(("end", "reason"), ENDS, ids=lambda value: getattr(value, "__name__", ""))
@pytest.mark.parametrize("distance", [Distance(), FAR], ids=["near", "far"])
def test_the_last_word_is_heard_and_then_the_call_is_over(
    end: Callable[[Stage], Ended], reason: EndReason, distance: Distance
) -> None:  # TEL-07, T8
    call = end(Stage(distance))
    assert call.record.outcome.reason is reason
    assert list(call.record.heard) == call.record.stored_words
    assert " ".join(call.record.heard).rstrip(".") == SAID
    assert call.last_heard <= call.record.outcome.duration_s <= call.last_heard + distance.back + SLACK_S


@pytest.mark.parametrize(("end", "reason"), ENDS, ids=lambda value: getattr(value, "__name__", ""))
@pytest.mark.parametrize(
    ("serializer", "distance", "at_most"),
    [(JsonStream, LOST, PATIENCE + SLACK_S), (SilentJsonStream, Distance(0.05, 0.05, 0.05), SLACK_S)],
    ids=["marks are lost", "no marks"],
)
def test_marks_that_never_come_delay_the_end_and_never_prevent_it(
    end: Callable[[Stage], Ended], reason: EndReason, serializer: Callable[[], JsonStream], distance: Distance,
    at_most: float,
) -> None:  # T8  # fmt: skip
    call = end(Stage(distance, serializer))
    assert call.record.outcome.reason is reason
    assert " ".join(call.record.heard).rstrip(".") == SAID
    assert call.last_heard <= call.record.outcome.duration_s <= call.last_heard + at_most


@pytest.mark.parametrize("distance", [Distance(), FAR, LOST], ids=["near", "far", "marks are lost"])
def test_the_longest_duration_ends_in_the_middle_of_a_word_and_stores_what_was_heard(distance: Distance) -> None:
    async def play(live: LiveCall) -> None:
        await live.queue(TTSSpeakFrame(" ".join(["word"] * 60)))

    stage = Stage(distance)
    call = stage.run(play, ScriptedCall(settings={"max_duration_secs": 5.0}))
    assert call.record.outcome.reason is EndReason.MAX_DURATION
    assert call.record.outcome.duration_s == pytest.approx(5.0, abs=0.05)
    heard, stored = len(call.record.heard), len(call.record.stored_words)
    assert stored == heard if distance is not LOST else abs(stored - heard) <= 1


def test_a_caller_who_speaks_on_and_on_does_not_keep_a_call_that_ends() -> None:
    async def play(live: LiveCall) -> None:
        await live.queue(TTSSpeakFrame(SAID))
        await live.wait(0.5)
        await live.task.stop_when_done(EndReason.SERVER_SHUTDOWN)
        await live.say("but I wanted to say", seconds=20.0)

    stage = Stage(Distance())
    call = stage.run(play, ScriptedCall())
    assert call.record.outcome.reason is EndReason.SERVER_SHUTDOWN
    assert call.record.outcome.duration_s < 5.0
    assert list(call.record.heard) == call.record.stored_words

"""The caller is not heard while a strategy says so (TURN-22…26, CONF-09, CONF-17)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection

import pytest

from bots.engine.core.processor import FrameProcessor, handles
from bots.engine.errors import SpecError
from bots.engine.frames import (
    BotSpeakingFrame,
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    FrameDirection,
    FunctionCallCancelFrame,
    FunctionCallInProgressFrame,
    FunctionCallResultFrame,
    InputAudioRawFrame,
    InterimTranscriptionFrame,
    InterruptionFrame,
    InterruptionTaskFrame,
    STTMuteFrame,
    TextFrame,
    TranscriptionFrame,
    TTSSpeakFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)
from bots.engine.testing.call import CallParts, LiveCall, ScriptedCall
from bots.engine.turns.pair import LLMContextAggregatorPair
from bots.engine.turns.params import LLMUserAggregatorParams
from bots.engine.turns.stt_mute import STTMuteConfig, STTMuteFilter, STTMuteStrategy
from bots.engine.turns.user_mute import (
    AlwaysUserMuteStrategy,
    FirstSpeechUserMuteStrategy,
    FunctionCallUserMuteStrategy,
    MuteUntilFirstBotCompleteUserMuteStrategy,
)
from tests.engine.core.probes import Probe, Run, in_a_run

DOWN, UP = FrameDirection.DOWNSTREAM, FrameDirection.UPSTREAM
FIRST, UNTIL = STTMuteStrategy.FIRST_SPEECH, STTMuteStrategy.MUTE_UNTIL_FIRST_BOT_COMPLETE
CALL, ALWAYS, CUSTOM = STTMuteStrategy.FUNCTION_CALL, STTMuteStrategy.ALWAYS, STTMuteStrategy.CUSTOM
SPOKE = [UserStartedSpeakingFrame(1.0), TranscriptionFrame("hi", "caller", "now"), UserStoppedSpeakingFrame(2.0, 1.5)]
DROPPED = (UserStartedSpeakingFrame, UserStoppedSpeakingFrame, TranscriptionFrame, InterimTranscriptionFrame)


class Stage:
    """A mute filter between a recogniser's place and an aggregator's."""

    def __init__(self, strategies: Collection[STTMuteStrategy], **options: object) -> None:
        self.filter = STTMuteFilter(STTMuteConfig(set(strategies), **options))  # type: ignore[arg-type]
        self.stt, self.behind = Probe("stt"), Probe("behind")
        self.told: list[tuple[bool, list[str]]] = []

    async def down(self, *frames: Frame) -> None:
        for frame in frames:
            await self.stt.push_frame(frame)

    async def up(self, *frames: Frame) -> None:
        for frame in frames:
            await self.behind.push_frame(frame, UP)

    async def heard(self) -> bool:
        """Whether what the caller says passes now."""
        before = len(self.behind.of(*DROPPED))
        await self.down(*SPOKE)
        passed = len(self.behind.of(*DROPPED)) - before
        assert passed in (0, len(SPOKE))
        return bool(passed)

    def play(self, script: Callable[[], Awaitable[None]]) -> Run:
        async def note(_: object, muted: bool, reasons: list[str]) -> None:
            self.told.append((muted, reasons))

        self.filter.add_event_handler("on_mute_changed", note)
        return in_a_run(lambda: Run(self.stt, self.filter, self.behind), lambda run: script())


BOT = BotStartedSpeakingFrame(0.0), BotStoppedSpeakingFrame(0.0)


def test_first_speech_is_muted_once() -> None:  # TURN-23
    stage = Stage({FIRST})

    async def script() -> None:
        heard = [await stage.heard()]
        for frame in BOT * 2:
            await stage.up(frame)
            heard.append(await stage.heard())
        assert heard == [True, False, True, True, True]

    stage.play(script)
    assert stage.told == [(True, ["first_speech"]), (False, [])]


def test_until_the_first_speech_is_over_nothing_is_heard() -> None:  # TURN-23
    stage = Stage({UNTIL})

    async def script() -> None:
        heard = [await stage.heard()]
        for frame in BOT * 2:
            await stage.up(frame)
            heard.append(await stage.heard())
        assert heard == [False, False, True, True, True]

    run = stage.play(script)
    assert [frame.mute for frame in stage.stt.of(STTMuteFrame, direction=UP)] == [True, False]
    assert [event.kind for event in run.events if "muted" in event.kind] == ["user.muted", "user.unmuted"]


def test_all_speech_of_the_bot_is_muted() -> None:  # TURN-23
    stage = Stage({ALWAYS})

    async def script() -> None:
        heard = []
        for frame in BOT * 2:
            await stage.up(frame)
            heard.append(await stage.heard())
        assert heard == [False, True, False, True]

    stage.play(script)


def running(number: int, *, cancellable: bool = False) -> FunctionCallInProgressFrame:
    return FunctionCallInProgressFrame("find", f"c{number}", {}, cancellable)


def test_function_calls_mute_from_their_start_to_the_last_end() -> None:  # TURN-23, TURN-25
    stage = Stage({CALL})

    async def script() -> None:
        heard = []
        for frame in (
            running(1), running(2), FunctionCallResultFrame("find", "c1", {}, "ok"),
            FunctionCallCancelFrame("find", "c2"), running(3),
        ):  # fmt: skip
            await stage.up(frame)
            heard.append(await stage.heard())
        assert heard == [False, False, False, True, False]

    stage.play(script)


def test_a_cancelled_call_does_not_leave_the_caller_muted() -> None:
    """TURN-25: the cancel frame travels downstream only, so an interruption ends what it cancels."""
    stage = Stage({CALL})

    async def script() -> None:
        await stage.up(running(1, cancellable=True), running(2))
        await stage.down(InterruptionFrame("button"))
        assert not await stage.heard()
        await stage.up(FunctionCallResultFrame("find", "c2", {}, "ok"))
        assert await stage.heard()

    stage.play(script)


def test_a_callback_is_asked_while_the_bot_speaks_and_only_then() -> None:  # TURN-22, TURN-23
    asked: list[STTMuteFilter] = []
    ending = False

    async def should_mute(filter_: STTMuteFilter) -> bool:
        asked.append(filter_)
        return ending

    stage = Stage({CUSTOM}, should_mute_callback=should_mute)

    async def script() -> None:
        nonlocal ending
        await stage.up(running(1))
        assert asked == []
        await stage.up(BOT[0])
        assert await stage.heard()
        ending = True
        await stage.up(BotSpeakingFrame())
        assert not await stage.heard()
        await stage.up(BOT[1])
        assert await stage.heard()
        assert asked == [stage.filter, stage.filter]

    stage.play(script)


def test_strategies_add_up() -> None:  # TURN-24: a union; unmuted at the bot's stop only if no other wants it
    stage = Stage({ALWAYS, CALL})

    async def script() -> None:
        await stage.up(BOT[0], running(1), BOT[1])
        assert not await stage.heard()
        assert stage.filter.reasons == ["function_call"]
        await stage.up(FunctionCallResultFrame("find", "c1", {}, "ok"))
        assert await stage.heard()

    stage.play(script)
    assert [muted for muted, _ in stage.told] == [True, False]


@pytest.mark.parametrize(("strategies", "named"), [({FIRST, UNTIL}, "strategies"), ({CUSTOM}, "should_mute_callback")])
def test_what_contradicts_itself_is_refused(strategies: set[STTMuteStrategy], named: str) -> None:  # TURN-22, TURN-23
    with pytest.raises(ValueError, match=named) as caught:
        STTMuteConfig(strategies)
    assert isinstance(caught.value, SpecError)


def test_all_else_passes_a_muted_filter() -> None:
    """TURN-24, CONF-17: audio goes on to the recorder, and an interruption that took place is told."""
    stage = Stage({ALWAYS})
    passing = [InputAudioRawFrame(b"\0\0", 16000), TextFrame("x"), InterruptionFrame("button")]

    async def script() -> None:
        await stage.up(BOT[0])
        await stage.down(*passing, InterimTranscriptionFrame("hi", "caller", "now"))
        await stage.up(InterruptionTaskFrame("user_speech"), InterruptionTaskFrame("button"))

    stage.play(script)
    seen = [frame for frame, way in stage.behind.seen if way is DOWN]
    assert [frame for frame in seen if frame in passing] == passing
    assert stage.behind.of(InterimTranscriptionFrame) == []
    requests = stage.stt.of(InterruptionTaskFrame, direction=UP)
    assert [frame.reason for frame in requests] == ["button"]


def test_speech_that_is_under_way_ends_where_the_mute_begins() -> None:  # TURN-24
    stage = Stage({ALWAYS})

    async def script() -> None:
        await stage.down(SPOKE[0])
        await stage.up(BOT[0])
        assert len(stage.behind.of(UserStoppedSpeakingFrame)) == 1
        await stage.down(SPOKE[2])
        await stage.up(BOT[1])
        assert await stage.heard()

    stage.play(script)
    assert len(stage.behind.of(UserStoppedSpeakingFrame)) == 2


def test_speech_that_begins_muted_is_dropped_to_its_end_and_accounted_for() -> None:
    stage = Stage({ALWAYS})

    async def script() -> None:
        await stage.up(BOT[0])
        await stage.down(SPOKE[0])
        await stage.up(BOT[1])
        await stage.down(SPOKE[2])

    run = stage.play(script)
    assert stage.behind.of(*DROPPED) == []
    (utterance,) = [event.data for event in run.events if event.kind == "user.utterance"]
    assert (utterance["disposition"], utterance["reason"]) == ("discarded", "muted")


# -- in a call --------------------------------------------------------------------------------------------------------


class Recorder(FrameProcessor):
    """Stands where the recorder stands and counts the caller's seconds."""

    seconds = 0.0

    @handles(InputAudioRawFrame)
    async def count(self, frame: InputAudioRawFrame) -> None:
        self.seconds += len(frame.audio) / 2 / frame.sample_rate


async def over_the_greeting(call: LiveCall) -> None:
    await call.queue(TTSSpeakFrame("Welcome to the house of many words and of patience"))
    await call.wait(0.5)
    caller = call.parts.transport.input()
    await caller.speak(0.6)
    await caller.speak(0.3, voiced=False)
    await call.bot_silent()
    await call.say("hello")
    await call.bot_silent()


@pytest.mark.parametrize("newer", [False, True], ids=["filter", "user_mute_strategies"])
def test_a_greeting_cannot_be_interrupted_and_the_recording_is_whole(newer: bool) -> None:
    """TURN-22…24, TURN-27, CONF-09, CONF-17: the same by the filter and by the aggregator's strategies."""
    recorder = Recorder()

    def make(parts: CallParts) -> CallParts:
        parts.behind = [recorder]
        if newer:
            params = LLMUserAggregatorParams(user_mute_strategies=[MuteUntilFirstBotCompleteUserMuteStrategy()])
            parts.pair = LLMContextAggregatorPair(parts.pair.context, user_params=params)
        return parts

    def arrange(parts: CallParts) -> list[FrameProcessor]:
        order = parts.in_order()
        if not newer:
            order.insert(2, STTMuteFilter(STTMuteConfig({UNTIL})))
        return order

    record = ScriptedCall(replies=["Good day."], make=make, arrange=arrange).run(over_the_greeting)
    assert record.of("interruption") == []
    assert record.transcript == [
        ("bot", "Welcome to the house of many words and of patience"), ("user", "hello"), ("bot", "Good day."),
    ]  # fmt: skip
    assert [event.data["disposition"] for event in record.of("user.utterance")] == ["discarded", "turn"]
    assert [event.kind for event in record.of("user.muted", "user.unmuted")] == ["user.muted", "user.unmuted"]
    assert recorder.seconds == pytest.approx(1.8, abs=0.05)


def test_the_strategies_of_the_newer_model_follow_the_same_rules() -> None:  # TURN-23, TURN-27
    async def follow(strategy: object, *frames: Frame) -> list[bool]:
        return [await strategy.process_frame(frame) for frame in frames]  # type: ignore[attr-defined]

    assert asyncio.run(follow(AlwaysUserMuteStrategy(), *BOT)) == [True, False]
    assert asyncio.run(follow(FirstSpeechUserMuteStrategy(), *BOT * 2)) == [True, False, False, False]
    assert asyncio.run(follow(FunctionCallUserMuteStrategy(), running(1))) == [True]

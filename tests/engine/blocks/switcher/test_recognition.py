"""Recognisers that stand in for each other without losing a word (PAR-05, P10, P11)."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from bots.engine.blocks.errors import BlockSettingWrong
from bots.engine.blocks.switcher import RecognitionSwitcher, ServiceSwitcherStrategyFailover
from bots.engine.errors import ProviderError
from bots.engine.frames import ManuallySwitchServiceFrame
from bots.engine.services.stt import Transcript
from bots.engine.services.stt_utterances import UtteranceSTTService
from bots.engine.testing.call import CallParts, CallRecord, LiveCall, ScriptedCall


class Ear(UtteranceSTTService):
    """Tells how many tenths of a second of voice it heard, as a word; may fail, hang or understand nothing."""

    def __init__(self, name: str, mood: Callable[[], str] = lambda: "well") -> None:
        super().__init__(name=name, apology=f"{name} is sorry.")
        self.mood = mood
        self.heard: list[float] = []
        self._seconds = 0.0

    async def begin_utterance(self) -> None:
        self._seconds = 0.0

    async def hear(self, pcm: bytes) -> None:
        self._seconds += sum(any(pcm[at : at + 320]) for at in range(0, len(pcm), 320)) / 100

    async def finish_utterance(self) -> Transcript:
        await self.clock.sleep(0.1)
        self.heard.append(round(self._seconds, 1))
        match self.mood():
            case "fails":
                raise ProviderError("No text.")
            case "hangs":
                await asyncio.Event().wait()
            case "nothing":
                return Transcript("")
        return Transcript(f"{self.name} heard")


def called(*ears: Ear, play: Callable[[LiveCall], Any], **settings: Any) -> CallRecord:
    def arrange(parts: CallParts) -> list[Any]:
        first, _, *others = parts.in_order()
        return [first, RecognitionSwitcher(ears, **settings), *others]

    return ScriptedCall(["Yes."] * 9, arrange=arrange).run(play)


async def speak(call: LiveCall, at: float, seconds: float = 0.6) -> None:
    await call.until(at)
    source = call.parts.transport.input()
    await source.speak(seconds)
    await source.speak(0.5, voiced=False)


def said(record: CallRecord) -> list[str]:
    return [event.data["text"] for event in record.of("user.turn")]


async def twice(call: LiveCall) -> None:
    await speak(call, 1.0)
    await speak(call, 8.0)
    await call.wait(6)


def test_the_first_recogniser_hears_and_the_other_waits() -> None:  # PAR-05
    one, two = Ear("one"), Ear("two")
    record = called(one, two, play=twice)
    assert said(record) == ["one heard"] * 2 and two.heard == []
    assert record.of("service.switched", "error") == []


@pytest.mark.parametrize("mood", ["fails", "hangs"])
def test_what_a_failed_recogniser_heard_is_heard_by_the_next(mood: str) -> None:  # PAR-05, P10, P11
    one, two = Ear("one", lambda: mood), Ear("two")
    record = called(one, two, play=twice)
    assert said(record) == ["two heard"] * 2
    assert one.heard == [0.6] and two.heard == [0.6, 0.6]
    assert len(record.of("error")) == len(record.of("service.switched")) == 1
    assert "sorry" not in " ".join(record.heard)


def test_nothing_understood_is_no_failure() -> None:
    one, two = Ear("one", lambda: "nothing"), Ear("two")
    record = called(one, two, play=twice)
    assert said(record) == [] and two.heard == [] and record.of("service.switched", "error") == []


def test_when_all_fail_each_hears_an_utterance_once_and_the_caller_hears_an_apology() -> None:
    one, two = Ear("one", lambda: "fails"), Ear("two", lambda: "fails")
    record = called(one, two, play=twice)
    assert said(record) == [] and len(one.heard) == len(two.heard) == 2
    assert " ".join(record.heard).count("sorry") == 2


def test_the_better_recogniser_comes_back_with_an_utterance_and_hears_its_beginning() -> None:
    moods = iter(["fails", "well", "well"])
    one, two = Ear("one", lambda: next(moods)), Ear("two")

    async def play(call: LiveCall) -> None:
        for at in (1.0, 8.0, 20.0, 30.0):
            await speak(call, at)
        await call.wait(5)

    strategy = ServiceSwitcherStrategyFailover(rest_s=10)
    record = called(one, two, play=play, strategy=strategy)
    assert said(record) == ["two heard", "two heard", "one heard", "one heard"]
    assert one.heard == [0.6, 0.6, 0.6]


def test_a_switch_by_hand_inside_an_utterance_loses_nothing() -> None:
    one, two = Ear("one"), Ear("two")

    async def play(call: LiveCall) -> None:
        await call.until(1.0)
        source = call.parts.transport.input()
        await source.speak(0.5)
        await call.queue(ManuallySwitchServiceFrame("two"))
        await source.speak(0.5)
        await source.speak(0.5, voiced=False)
        await call.wait(5)

    record = called(one, two, play=play)
    assert said(record) == ["two heard"] and two.heard == [1.0] and one.heard == []


def test_a_recorder_behind_hears_every_sample_once() -> None:
    from bots.engine.frames import InputAudioRawFrame
    from tests.engine.core.probes import Probe

    behind = Probe("behind")

    def arrange(parts: CallParts) -> list[Any]:
        first, _, *others = parts.in_order()
        ears = [Ear("one", lambda: "fails"), Ear("two")]
        return [first, RecognitionSwitcher(ears), behind, *others]

    async def play(call: LiveCall) -> None:
        await speak(call, 1.0)
        await call.wait(6)

    ScriptedCall(["Yes."], arrange=arrange).run(play)
    frames = behind.of(InputAudioRawFrame)
    assert len(frames) == len({id(frame) for frame in frames}) > 40


def test_what_others_say_and_type_passes_by() -> None:
    from bots.engine.frames import TranscriptionFrame, TTSSpeakFrame

    one, two = Ear("one", lambda: "hangs"), Ear("two")

    async def play(call: LiveCall) -> None:
        await call.queue(TTSSpeakFrame("Welcome here."))
        await speak(call, 3.0)
        await call.queue(TranscriptionFrame("DTMF: 1#", "caller", ""))
        await call.wait(8)

    record = called(one, two, play=play)
    assert record.heard[:2] == ("Welcome", "here.")
    assert said(record) == ["DTMF: 1#", "two heard"]


def test_the_time_for_a_final_text_is_above_zero() -> None:
    with pytest.raises(BlockSettingWrong, match="final_secs"):
        RecognitionSwitcher([Ear("one")], final_secs=0)

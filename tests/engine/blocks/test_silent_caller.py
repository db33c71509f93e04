"""What happens to a caller who says nothing (TASK-33…36)."""

from collections.abc import Sequence
from typing import Any

import pytest

from bots.engine.blocks.errors import BlockSettingWrong
from bots.engine.blocks.silent_caller import SilentCaller
from bots.engine.core.outcome import EndReason
from bots.engine.core.processor import FrameProcessor
from bots.engine.frames import TTSSpeakFrame
from bots.engine.testing.call import CallParts, CallRecord, LiveCall, Play, ScriptedCall
from bots.engine.testing.tapes import TapeTTS, TapeVoice

PROMPTS = ("Are you still there?", "Can you hear me?")


async def nothing() -> None: ...


def called(play: Play, *, prompts: Sequence[str] = PROMPTS, goodbye: str = "Goodbye then.", **call: Any) -> CallRecord:
    """A call with a silent caller; ``play`` begins after the bot's greeting was queued."""
    live: list[LiveCall] = []

    async def end() -> None:
        await live[0].task.stop_when_done(EndReason.IDLE_TIMEOUT, "silent caller")

    def arrange(parts: CallParts) -> list[FrameProcessor]:
        first, stt, *others = parts.in_order()
        return [first, stt, SilentCaller(prompts=prompts, goodbye=goodbye, end=end, timeout=8.0), *others]

    async def greeted(running: LiveCall) -> None:
        live.append(running)
        await running.queue(TTSSpeakFrame("Hello."))
        await play(running)
        await running.wait(60)

    return ScriptedCall(["Fine."] * 5, arrange=arrange, **call).run(greeted)


async def silence(call: LiveCall) -> None:
    await call.wait(60)


def actions(record: CallRecord) -> list[tuple[str, int]]:
    return [(event.data["action"], round(event.at)) for event in record.of("user.idle")]


def test_a_silent_caller_is_asked_twice_and_politely_left() -> None:  # TASK-36
    record = called(silence)
    assert actions(record) == [("prompt", 9), ("prompt", 18), ("goodbye", 27), ("end", 28)]
    assert [text for _, text in record.transcript] == ["Hello.", *PROMPTS, "Goodbye then."]
    assert record.heard[-2:] == ("Goodbye", "then.")
    assert record.outcome.reason is EndReason.IDLE_TIMEOUT and record.outcome.duration_s < 30


def test_the_model_knows_what_was_asked() -> None:
    record = called(silence)
    assert {"role": "assistant", "content": PROMPTS[0]} in record.messages


def test_a_caller_who_speaks_is_asked_anew_from_the_first_prompt() -> None:  # TASK-35
    async def late(call: LiveCall) -> None:
        await call.say("yes", at=20.0)

    assert actions(called(late))[:5] == [
        ("prompt", 9), ("prompt", 18), ("prompt", 29), ("prompt", 38), ("goodbye", 48)
    ]  # fmt: skip


@pytest.mark.heavy
def test_a_caller_who_speaks_into_the_goodbye_stays() -> None:
    async def back(call: LiveCall) -> None:
        while not any("Goodbye" in word for word in call.heard()):
            await call.wait(0.02)
        await call.say("wait")

    record = called(back, goodbye="Goodbye then, and call again whenever you like.")
    assert [action for action, _ in actions(record)][:4] == ["prompt", "prompt", "goodbye", "prompt"]
    assert ("user", "wait") in record.transcript


def test_a_typed_turn_is_a_sign_of_life() -> None:  # TASK-35
    async def types(call: LiveCall) -> None:
        await call.type("hello", at=7.0, aloud=False)

    assert actions(called(types))[0] == ("prompt", 15)


def test_without_prompts_and_goodbye_the_call_just_ends() -> None:
    record = called(silence, prompts=(), goodbye="")
    assert actions(record) == [("end", 9)] and record.outcome.reason is EndReason.IDLE_TIMEOUT


def test_a_goodbye_that_cannot_be_spoken_does_not_keep_the_call() -> None:
    def mute(parts: CallParts) -> CallParts:
        parts.tts = TapeTTS(TapeVoice(fail_after=0))
        return parts

    async def says(call: LiveCall) -> None:
        await call.say("hello", at=1.0)

    record = called(says, make=mute)
    assert [action for action, _ in actions(record)] == ["prompt", "prompt", "goodbye", "end"]
    assert record.outcome.reason is EndReason.IDLE_TIMEOUT


@pytest.mark.parametrize(
    ("wrong", "parameter"),
    [({"prompts": "one"}, "prompts"), ({"prompts": [""]}, "prompts"), ({"timeout": 0}, "timeout"), ({"end": 3}, "end")],
)
def test_what_cannot_be_said_is_refused(wrong: dict[str, Any], parameter: str) -> None:
    with pytest.raises(BlockSettingWrong, match=parameter):
        SilentCaller(**{"prompts": PROMPTS, "goodbye": "", "end": nothing, "timeout": 8.0} | wrong)

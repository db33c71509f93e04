"""Pressed keys become text (DTMF-01…05)."""

from collections.abc import Sequence
from typing import Any

import pytest

from bots.engine.blocks.errors import BlockSettingWrong
from bots.engine.blocks.keypad import DTMFAggregator
from bots.engine.frames import EndFrame, Frame, InputDTMFFrame, InterruptionFrame, KeypadEntry, TranscriptionFrame
from bots.engine.testing.call import CallParts, LiveCall, ScriptedCall
from tests.engine.core.probes import Probe, Run, in_a_run


def keys(text: str) -> list[Frame]:
    return [InputDTMFFrame(KeypadEntry(character)) for character in text]


def typed(steps: Sequence[Frame | float], **settings: Any) -> tuple[list[str], Probe]:
    """The transcriptions that come of frames and pauses."""
    behind = Probe("behind")

    async def play(run: Run) -> None:
        for step in steps:
            if isinstance(step, float):
                await run.clock.sleep(step)
            else:
                await run.task.queue_frame(step)

    in_a_run(lambda: Run(DTMFAggregator(**settings), behind), play)
    return [frame.text for frame in behind.of(TranscriptionFrame)], behind


@pytest.mark.parametrize(
    ("steps", "texts"),
    [
        (keys("123#"), ["DTMF: 123#"]),
        ([*keys("*0"), 1.9], []),
        ([*keys("*0"), 2.1], ["DTMF: *0"]),
        ([*keys("1"), 1.5, *keys("2"), 1.5, *keys("3"), 2.1, *keys("4#")], ["DTMF: 123", "DTMF: 4#"]),
        ([*keys("5"), InterruptionFrame()], ["DTMF: 5"]),
        ([*keys("99"), EndFrame(), 0.1], ["DTMF: 99"]),
        ([EndFrame(), 0.1], []),
    ],
)
def test_keys_are_told_together(steps: list[Any], texts: list[str]) -> None:  # DTMF-01, DTMF-02
    found, behind = typed(steps)
    assert found == texts
    assert len(behind.of(InputDTMFFrame)) == sum(isinstance(step, InputDTMFFrame) for step in steps)


def test_timeout_last_key_and_prefix_can_be_set() -> None:  # DTMF-01, DTMF-05
    settings = {"timeout": 5.0, "termination_digit": KeypadEntry.STAR, "prefix": "Menu selection: "}
    assert typed([*keys("1#"), 4.0, *keys("2*")], **settings)[0] == ["Menu selection: 1#2*"]


def test_the_keypad_has_twelve_keys_and_others_are_ignored() -> None:  # DTMF-03
    assert sorted(KeypadEntry) == sorted("0123456789*#")
    assert KeypadEntry.ZERO == "0" and KeypadEntry.STAR == "*" and KeypadEntry.POUND == "#"
    assert typed([*keys("1"), InputDTMFFrame("A"), *keys("#")])[0] == ["DTMF: 1#"]  # type: ignore[arg-type]


def test_keys_without_end_are_told_in_portions() -> None:
    assert [len(text) for text in typed(keys("1" * 70))[0]] == [len("DTMF: ") + 64]


@pytest.mark.parametrize(
    ("settings", "parameter"),
    [({"timeout": 0}, "timeout"), ({"timeout": "2"}, "timeout"), ({"termination_digit": "A"}, "termination_digit"),
     ({"prefix": None}, "prefix")],
)  # fmt: skip
def test_what_it_cannot_mean_is_refused(settings: dict[str, Any], parameter: str) -> None:
    with pytest.raises(BlockSettingWrong, match=parameter):
        DTMFAggregator(**settings)


def with_keypad(parts: CallParts) -> list[Any]:
    before, *others = parts.in_order()
    return [before, DTMFAggregator(interrupts=True), *others]


def test_the_model_hears_keys_beside_speech_and_the_first_key_cuts_the_bot_off() -> None:  # DTMF-04, DTMF-05
    async def play(call: LiveCall) -> None:
        await call.say("tell me", at=0.5)
        await call.until(3.0)
        await call.queue(*keys("12#"))
        await call.bot_silent()

    long = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
    record = ScriptedCall([long, "You pressed twelve."], arrange=with_keypad).run(play)
    said = [message["content"] for message in record.messages if message["role"] == "user"]
    assert said == ["tell me", "DTMF: 12#"]
    assert [event.data["reason"] for event in record.of("interruption")] == ["keypad"]
    assert record.messages[-1]["content"] == "You pressed twelve."

"""What a bot's settings put around its recogniser (core.md 0.4, TASK-35, FILT-06, DTMF-05, CONF-13)."""

from dataclasses import replace

import pytest

from bots.engine.blocks.filters import WakeCheckFilter
from bots.engine.blocks.keypad import DTMFAggregator
from bots.engine.blocks.listening import before_recogniser, behind_recogniser
from bots.engine.blocks.silent_caller import SilentCaller
from bots.engine.core.outcome import EndReason
from bots.engine.errors import EngineError
from bots.engine.spec import KeypadSpec, TurnSpec
from bots.engine.testing.tapes import TapeSTT
from tests.engine.test_build import SPEC, play


async def nothing() -> None: ...


def test_a_bot_of_an_older_version_listens_as_it_did() -> None:
    assert behind_recogniser(SPEC, nothing) == []
    assert [type(block) for block in before_recogniser(SPEC)] == [DTMFAggregator]
    assert before_recogniser(replace(SPEC, keypad=KeypadSpec(enabled=False))) == []


def test_waking_stands_before_the_watch_for_silence_and_both_before_the_user_aggregator() -> None:  # CONF-13, FILT-06
    turns = TurnSpec(user_idle_secs=8.0, wake_phrases=("hello bot",))
    assert [type(block) for block in behind_recogniser(replace(SPEC, turns=turns), nothing)] == [
        WakeCheckFilter, SilentCaller
    ]  # fmt: skip
    played = play(replace(SPEC, turns=turns), seconds=1)
    user = played.built.pair.user()
    kinds = [DTMFAggregator, TapeSTT, WakeCheckFilter, SilentCaller, type(user)]
    found = [type(processor) for processor in played.built.task._everyone if type(processor) in kinds]
    assert found == kinds


def test_a_silent_caller_is_prompted_and_left_with_a_reason_of_its_own() -> None:  # TASK-33, TASK-36
    turns = TurnSpec(user_idle_secs=8.0, user_idle_prompts=("Hello?",), user_idle_goodbye="Bye.")
    played = play(replace(SPEC, turns=turns), seconds=60)
    assert played.said() == ["Good morning.", "Hello?", "Bye."]
    assert played.outcome.reason is EndReason.IDLE_TIMEOUT
    assert [event.data["action"] for event in played.events if event.kind == "user.idle"] == [
        "prompt",
        "goodbye",
        "end",
    ]


def test_a_bot_that_does_not_ask_waits_in_silence() -> None:
    assert play(SPEC, seconds=60).said() == ["Good morning."]


@pytest.mark.parametrize("keypad", [KeypadSpec(timeout_secs=0.0), KeypadSpec(termination_digit="A")])
def test_a_keypad_that_cannot_work_is_refused(keypad: KeypadSpec) -> None:  # DTMF-01, DTMF-03
    with pytest.raises(EngineError):
        before_recogniser(replace(SPEC, keypad=keypad))

"""Conversations that go nowhere end politely (reliability C17)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bots.engine.blocks.conversation_guard import ConversationGuard
from bots.engine.blocks.errors import BlockSettingWrong
from bots.engine.core.outcome import EndReason
from bots.engine.spec import LimitSpec, PhoneSpec
from bots.engine.testing.tapes import TapeReply
from tests.engine.blocks.answering.stage import BOT, FarSide, placed

pytestmark = pytest.mark.heavy

DESK = replace(BOT, phone=PhoneSpec())
GOODBYE = "I have to end this call now. Goodbye."


def test_after_the_last_turn_that_is_allowed_the_bot_says_goodbye_to_its_end() -> None:  # C17
    async def play(far: FarSide) -> None:
        await far.quiet(2.0)
        for number in range(5):
            await far.says(f"Question {number}")
            await far.quiet(2.0)

    call = placed(play, replace(DESK, limits=LimitSpec(max_turns=2)), ["One.", "Two.", "Three."])
    assert (call.outcome.reason, call.said[1:]) == (EndReason.MAX_TURNS, ["One.", "Two.", GOODBYE])
    assert call.heard.endswith(GOODBYE)
    assert call.of("call.guarded") == [{"reason": "max_turns", "turns": 3}]
    assert len(call.llm.seen) == 2
    german = replace(DESK, limits=LimitSpec(max_turns=2), language="de-DE")
    assert placed(play, german, ["Eins.", "Zwei."]).said[-1].startswith("Ich muss das Gespräch")
    own = replace(DESK, limits=LimitSpec(max_turns=2, goodbye="Bye."))
    assert placed(play, own, ["One.", "Two."]).said[-1] == "Bye."


def test_a_caller_who_repeats_to_a_bot_that_does_is_bidden_goodbye() -> None:  # C17
    async def play(far: FarSide) -> None:
        await far.quiet(2.0)
        for _ in range(8):
            await far.says("I did not get that", 2.4)
            await far.quiet(2.5)

    call = placed(play, DESK, ["Once more, please."] * 9)
    assert (call.outcome.reason, call.said[-1]) == (EndReason.LOOP, GOODBYE)
    assert call.of("call.guarded") == [{"reason": "loop", "turns": 4}]
    free = placed(play, replace(DESK, limits=LimitSpec(loop_guard=False, max_turns=0)), ["Once more, please."] * 9)
    assert free.outcome.reason is EndReason.CANCELLED and free.of("call.guarded") == []


def test_a_caller_who_talks_over_the_goodbye_does_not_keep_the_call() -> None:
    async def play(far: FarSide) -> None:
        await far.quiet(2.0)
        for _ in range(3):
            await far.says("More")
            await far.quiet(1.6)
        await far.voice(30.0)

    call = placed(play, replace(DESK, limits=LimitSpec(max_turns=2)), [TapeReply("One."), "Two."])
    assert call.outcome.reason is EndReason.MAX_TURNS
    assert call.outcome.duration_s < 20.0


@pytest.mark.parametrize(
    ("settings", "parameter"),
    [({"max_turns": -1}, "max_turns"), ({"max_turns": 1.5}, "max_turns"), ({"goodbye": None}, "goodbye"),
     ({"loops": 1}, "loops"), ({"end": None}, "end")],
)  # fmt: skip
def test_what_it_cannot_mean_is_refused(settings: dict[str, Any], parameter: str) -> None:
    async def end(reason: EndReason) -> None: ...

    usual: dict[str, Any] = {"max_turns": 3, "goodbye": "Bye.", "end": end}
    with pytest.raises(BlockSettingWrong, match=parameter):
        ConversationGuard(**{**usual, **settings})

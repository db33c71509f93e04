"""A caller on hold hears music and can come back by speaking (issue part 5)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bots.engine.spec import PhoneSpec, ToolSpec
from bots.engine.testing.call import CallRecord, LiveCall, ScriptedCall
from bots.engine.testing.tapes import TapeCall, TapeReply
from bots.engine.tools.call_control import HEARD_WITHIN_S
from bots.engine.tools.environment import ToolEnvironment
from bots.engine.tools.kinds import KINDS
from bots.engine.tools.outfit import rules_of
from tests.engine.blocks.answering.stage import BOT, FarSide, placed


def test_a_hold_has_time_for_what_was_said_before_however_short_its_limit() -> None:
    """FUNC-17."""
    tool = ToolSpec("hold", "call.hold", settings={"seconds": 7}, timeout_s=2.0)
    assert rules_of(tool, "en").timeout_s == 7 + HEARD_WITHIN_S + 1
    assert rules_of(tool, "en").cancel_on_interruption


def held(seconds: int, sound: str = "music") -> CallRecord:
    spec = ToolSpec("hold", "call.hold", settings={"seconds": seconds, "sound": sound})
    handler = KINDS["call.hold"].handler(spec, ToolEnvironment())

    async def play(live: LiveCall) -> None:
        await live.type("please look it up")
        await live.wait(seconds + 6)

    replies = [TapeReply("I look it up.", [TapeCall("hold")]), "I am back."]
    return ScriptedCall(replies, tools={"hold": handler}).run(play)


def test_who_waits_hears_music_and_then_the_bot() -> None:
    record = held(4)
    assert [turn.data["text"] for turn in record.of("bot.turn")] == ["I look it up.", "I am back."]
    (event,) = record.of("call.held")
    assert event.data == {"seconds": 4}
    second = record.of("bot.turn")[1]
    assert second.at - event.at >= 4


@pytest.mark.heavy
def test_whoever_speaks_ends_the_music_and_the_waiting() -> None:
    sounds: list[tuple[float, bool]] = []

    async def play(far: FarSide) -> None:
        clock = far.built.task.clock
        far.overhear(lambda pcm: sounds.append((clock.now(), any(pcm))))
        await far.quiet(2.0)
        await far.says("please look it up")
        await far.quiet(2.5)
        await far.says("oh wait I have a question", 1.2)
        await far.quiet(8.0)

    tool = ToolSpec("hold", "call.hold", settings={"seconds": 20}, filler="")
    spec = replace(BOT, phone=PhoneSpec(), greeting="Hello.", tools=(tool,))
    call = placed(play, spec, [TapeReply("Yes.", [TapeCall("hold")]), "Sure.", "More."])
    begun = call.of("call.held")
    spoke = [event.at for event in call.events if event.kind == "user.started"][-1]
    (answer,) = [turn for turn in call.of("bot.turn") if turn["text"] == "Sure."]
    assert len(begun) == 1
    assert any(loud for at, loud in sounds if at < spoke)
    assert not any(loud for at, loud in sounds if spoke + 0.3 < at < answer["at"] - 0.06 or at > answer["end"] + 0.06)

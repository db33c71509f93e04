"""A caller on hold hears music and can come back by speaking (issue part 5)."""

from __future__ import annotations

from bots.engine.spec import ToolSpec
from bots.engine.testing.call import CallRecord, LiveCall, ScriptedCall
from bots.engine.testing.tapes import TapeCall, TapeReply
from bots.engine.tools.environment import ToolEnvironment
from bots.engine.tools.kinds import KINDS


def test_a_hold_that_its_own_time_limit_would_cut_is_found() -> None:
    for seconds, found in ((7, []), (8, ["seconds"])):
        spec = ToolSpec("hold", "call.hold", settings={"seconds": seconds})
        assert [name for name, _ in KINDS["call.hold"].findings(spec)] == found


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

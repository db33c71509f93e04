"""A call over the clients' protocol: spoken to, answered, and kept."""

from __future__ import annotations

import pytest

from tests.e2e.callers import Caller
from tests.e2e.house import House
from tests.e2e.line import Line
from tests.e2e.speech import loud_seconds, recognised, shared, spoken, words_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

QUESTION = "I would like to hear the weather."
REPLY = "You would like to hear about the weather. It will be a warm and sunny day."


async def conversation(caller: Caller) -> None:
    await caller.greeted()
    heard_before = len(caller.audio)
    caller.voice.say(spoken(QUESTION))
    turn = await caller.get("server/user-turn", disposition="turn")
    assert words_of(turn["text"]) == words_of(QUESTION)
    await caller.get("bot-stopped-speaking", 2)
    reply = bytes(caller.audio[heard_before:])
    assert loud_seconds(reply, caller.out_rate) > 1.5
    heard = await recognised(reply, caller.out_rate)
    assert shared(REPLY, heard) >= 0.6, heard
    await caller.hang_up()


@pytest.mark.parametrize("transport", ["websocket", "webrtc"])
async def test_a_spoken_question_is_answered_aloud(house: House, line: Line, transport: str) -> None:
    caller = await (line.over_socket("desk") if transport == "websocket" else line.over_peer("desk"))
    await conversation(caller)
    goodbye = await caller.get("server/call-ended")
    row = await house.final(caller.call_id)
    assert (row["status"], row["end_reason"], goodbye["reason"]) == ("ended", "caller_hung_up", "caller_hung_up")
    greeting, question, reply = house.turns(caller.call_id)
    assert greeting["text"] == "Hello, this is the test desk."
    assert words_of(question["text"]) == words_of(QUESTION)
    assert reply["text"] == REPLY

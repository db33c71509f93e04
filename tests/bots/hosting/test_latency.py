"""A reply's waiting time goes to the client as it is measured, and into the rows as it was told (lessons T5)."""

from __future__ import annotations

from typing import Any

import pytest

from bots.hosting.database import in_database
from bots.hosting.switchboard import Switchboard
from bots.models import Bot, Call, TranscriptTurn
from tests.bots.hosting.stage import connected, over

pytestmark = pytest.mark.django_db(transaction=True)


def bot_turns(call: Call) -> list[TranscriptTurn]:
    return list(TranscriptTurn.objects.filter(call=call, role=TranscriptTurn.Role.BOT).order_by("index"))


async def test_the_client_and_the_rows_are_told_the_same_parts(board: Switchboard, bot: Bot, ann: Any) -> None:
    client, host = await connected(board, bot, ann)
    await client.ready()
    await client.greeted()
    assert client.of("server/turn-latency") == [], "nobody waited for the greeting"
    await client.say("hello")
    told = await client.get("server/turn-latency")
    client.send("disconnect-bot")
    call = await over(host)
    greeting, answer = await in_database(bot_turns, call)
    assert greeting.latency_ms is None
    assert answer.segments == told["segments"]
    assert answer.latency_ms == pytest.approx(told["total_ms"], abs=0.6)
    assert answer.latency_why == told["sentence"]
    assert sum(part["ms"] for part in told["segments"]) == pytest.approx(told["total_ms"], abs=5)
    assert all(set(part) == {"name", "ms", "owner", "setting"} for part in told["segments"])
    assert told["origin"] == "text"
    assert (call.latency_p50_ms, call.latency_p95_ms) == (answer.latency_ms, answer.latency_ms)

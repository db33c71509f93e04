"""The server dies at any moment of a call: after a restart the call is final, and what was finished is kept."""

from __future__ import annotations

import asyncio
import os
import random
import wave
from collections.abc import Awaitable, Callable
from io import BytesIO

import pytest

from tests.e2e.callers import SocketCaller
from tests.e2e.house import House, Template
from tests.e2e.line import Line
from tests.e2e.speech import loud_seconds, spoken, words_of

KILLS = 20
MOST_LOST_S = 1.0


async def in_greeting(caller: SocketCaller, chance: random.Random) -> None:
    await caller.get("bot-started-speaking")
    await asyncio.sleep(chance.uniform(0, 1.6))


async def while_listening(caller: SocketCaller, chance: random.Random) -> None:
    await caller.greeted()
    caller.voice.say(spoken("I would like to hear the weather."))
    await caller.get("user-started-speaking")
    await asyncio.sleep(chance.uniform(0, 1.2))


async def while_thinking(caller: SocketCaller, chance: random.Random) -> None:
    await caller.greeted()
    await caller.type("How is the weather?")
    await asyncio.sleep(chance.uniform(0, 0.12))


async def while_speaking(caller: SocketCaller, chance: random.Random) -> None:
    await caller.greeted()
    await caller.type("How is the weather?")
    await caller.get("bot-started-speaking", 2)
    await asyncio.sleep(chance.uniform(0, 4.5))


async def in_a_tool(caller: SocketCaller, chance: random.Random) -> None:
    await caller.get("bot-started-speaking")
    await caller.type("Tomorrow morning please.")
    await caller.get("llm-function-call-started")
    await asyncio.sleep(chance.uniform(0, 0.3))


async def while_hanging_up(caller: SocketCaller, chance: random.Random) -> None:
    await caller.greeted()
    await caller.send("disconnect-bot", {})
    await asyncio.sleep(chance.uniform(0, 0.15))


Phase = Callable[[SocketCaller, random.Random], Awaitable[None]]
PHASES: tuple[Phase, ...] = (
    in_greeting, while_listening, while_thinking, while_speaking, in_a_tool, while_hanging_up,
)  # fmt: skip


async def one_kill(house: House, number: int, seed: int) -> tuple[SocketCaller, str]:
    """Hold a call until the server is killed in it; returns what the caller knows of it."""
    chance = random.Random(f"{seed}/{number}")
    phase = PHASES[number % len(PHASES)]
    async with Line(house) as line:
        caller = await line.over_socket("appointments" if phase is in_a_tool else "desk")
        await phase(caller, chance)
        await house.kill()
        await asyncio.wait_for(caller.closed.wait(), 10)
    return caller, phase.__name__


def nothing_finished_is_lost(house: House, caller: SocketCaller, phase: str) -> None:
    """Whatever the caller was told is over stands in the rows, word for word."""
    turns = house.turns(caller.call_id)
    kept = {"user": [turn["text"] for turn in turns if turn["role"] == "user"],
            "bot": [words_of(turn["text"]) for turn in turns if turn["role"] == "bot"]}  # fmt: skip
    for told in caller.of("server/user-turn"):
        assert told["text"] in kept["user"], (phase, told)
    stops = len(caller.of("bot-stopped-speaking"))
    assert len(kept["bot"]) >= stops, (phase, kept["bot"], stops)
    said = [word for text in kept["bot"] for word in text]
    if stops:
        finished = [message for message in caller.messages if message["type"] in ("bot-output", "bot-stopped-speaking")]
        last_stop = max(at for at, message in enumerate(finished) if message["type"] == "bot-stopped-speaking")
        for message in finished[:last_stop]:
            data = message.get("data") or {}
            if data.get("spoken_status") == "completed":
                assert " ".join(words_of(data["text"])) in " ".join(said), (phase, data["text"], said)


def the_audio_is_there(house: House, caller: SocketCaller, phase: str) -> None:
    """At most one second of either voice is missing from the tracks."""
    caller_track = house.file(caller.call_id, "caller.s16").read_bytes()
    spoken_s = sum(1 for at in range(0, len(caller_track) - 640, 640) if any(caller_track[at : at + 640])) * 0.02
    assert spoken_s >= caller.voice.sent_s - MOST_LOST_S, phase
    bot_track = house.file(caller.call_id, "bot.s16").read_bytes()
    assert loud_seconds(bot_track, 16_000) >= loud_seconds(bytes(caller.audio), 24_000) - MOST_LOST_S, phase


async def the_recording_plays(house: House, line: Line, call_id: str) -> None:
    address = f"{house.base}/calls/{call_id}/audio.wav"
    async with line.web.get(address) as answer:
        assert answer.status == 200
        with wave.open(BytesIO(await answer.read())) as sound:
            length_s = sound.getnframes() / sound.getframerate()
    assert abs(length_s - house.call(call_id)["duration_s"]) <= 0.020


async def kill_again_and_again(house: House, numbers: range, seed: int) -> int:
    """Kill the server once for each number, then look at every call; returns how many there were."""
    killed: list[tuple[SocketCaller, str]] = []
    try:
        for number in numbers:
            await house.start()
            killed.append(await one_kill(house, number, seed))
            the_audio_is_there(house, *killed[-1])
        await house.start()
        async with Line(house) as line:
            await line.sign_in("admin", house.password)
            for caller, phase in killed:
                row = await house.final(caller.call_id)
                hung_up = phase == "while_hanging_up" and row["end_reason"] == "caller_hung_up"
                assert hung_up or (row["status"], row["end_reason"]) == ("failed", "owner_gone"), (phase, dict(row))
                nothing_finished_is_lost(house, caller, phase)
                await the_recording_plays(house, line, caller.call_id)
    finally:
        await house.kill()
    return len(killed)


async def test_twenty_kills_at_random_moments_lose_no_finished_turn(
    template: Template, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """In two houses at the same time; ``KILL_SEED`` chooses other moments."""
    seed = int(os.environ.get("KILL_SEED", "1"))
    houses = [template.copy(tmp_path_factory.mktemp("kills") / "data") for _ in range(2)]
    async with asyncio.TaskGroup() as both:
        counts = [
            both.create_task(kill_again_and_again(house, range(lane, KILLS, 2), seed))
            for lane, house in enumerate(houses)
        ]
    assert sum(count.result() for count in counts) == KILLS

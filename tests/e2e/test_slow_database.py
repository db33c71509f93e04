"""Media never waits for the ORM: the database is held for half a second while a call goes on."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from itertools import pairwise

import pytest

from tests.e2e.callers import SocketCaller
from tests.e2e.house import House
from tests.e2e.line import Line

pytestmark = pytest.mark.asyncio(loop_scope="module")

HELD_S = 0.5
ALLOWED_S = 0.020
ROUNDS = 4


def hold(house: House, began: asyncio.Event, loop: asyncio.AbstractEventLoop) -> None:
    """Keep everybody else from writing to the database for half a second."""
    database = sqlite3.connect(house.folder / "voiceapp.sqlite3", timeout=20, isolation_level=None)
    try:
        database.execute("begin immediate")
        loop.call_soon_threadsafe(began.set)
        time.sleep(HELD_S)
        database.execute("rollback")
    finally:
        database.close()


async def answer_time(caller: SocketCaller) -> float:
    """Seconds from a message on the line to the line's own answer to it."""
    assert caller.socket is not None
    before = len(caller.of("error"))
    began = time.monotonic()
    await caller.socket.send_str("?")
    await caller.until(lambda: len(caller.of("error")) > before)
    return caller.times[-1] - began


async def one_round(house: House, line: Line, caller: SocketCaller) -> tuple[float, float]:
    """Hold the database in mid-speech; returns by how much a message was answered and sound came late."""
    await caller.type("Tell me a story.")
    spoken_before = len(caller.of("bot-started-speaking"))
    await caller.get("bot-started-speaking", spoken_before + 1 - (1 if spoken_before else 0))
    await asyncio.sleep(0.6)
    usual = min([await answer_time(caller) for _ in range(3)])
    held = asyncio.Event()
    holding = asyncio.create_task(asyncio.to_thread(hold, house, held, asyncio.get_running_loop()))
    await held.wait()
    began = time.monotonic()
    # Two requests that need the database wait meanwhile, on both of the server's ways to it.
    waiting = [asyncio.create_task(line.start("desk", "websocket")), asyncio.create_task(visit(line))]
    times = []
    while time.monotonic() - began < HELD_S - 0.08:
        times.append(await answer_time(caller))
        await asyncio.sleep(0.05)
    assert not holding.done()
    assert not waiting[0].done(), "the request that writes did not wait: nothing was held"
    ended = time.monotonic()
    await asyncio.gather(holding, *waiting)
    sound = [at for at, _ in caller.audio_times if began <= at <= ended]
    assert len(sound) >= 5
    gap = max(b - a for a, b in pairwise(sound))
    return max(times) - usual, gap - 0.040


async def visit(line: Line) -> None:
    """Sign in wrongly: a page that writes to the database on the thread that pages share."""
    await line.ask("POST", "/accounts/login/", data={"username": "x", "password": "y"})


async def test_half_a_second_of_database_delays_no_audio_message(house: House, line: Line) -> None:
    caller = await line.over_socket("desk")
    await caller.greeted()
    rounds = [await one_round(house, line, caller) for _ in range(ROUNDS)]
    # A busy machine may disturb a round; a line that waits for the database is late by 400 ms in each.
    best_answer = min(answer for answer, _ in rounds)
    best_sound = min(sound for _, sound in rounds)
    assert best_answer <= ALLOWED_S, rounds
    assert best_sound <= ALLOWED_S, rounds
    await caller.hang_up()
    await house.final(caller.call_id)

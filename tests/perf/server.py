"""How soon the server answers after its start, and how soon a client is talking."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from time import perf_counter

from tests.e2e.callers import Caller, PeerCaller, SocketCaller
from tests.e2e.house import House, Template
from tests.e2e.line import Line

from .machine import spread
from .table import Figure, middle


async def _start_up(house: House) -> float:
    """Return seconds from spawning the server to its first good answer."""
    began = perf_counter()
    await house.start(VOICE_MAX_CALLS_PER_USER="60", VOICE_MAX_CALLS="60", VOICE_DRAIN_S="0")
    async with Line(house) as line:
        status, _, _ = await line.ask("GET", "/livez")
        assert status == 200
    return perf_counter() - began


async def _connect(line: Line, bot: str, caller: Caller) -> float:
    """Return seconds from asking for a call to the bot's readiness."""
    began = perf_counter()
    answer = await line.start(bot, caller.transport)
    if isinstance(caller, PeerCaller):
        path = f"/rtvi/{bot}/sessions/{answer['sessionId']}/api/offer"
        status, reply, _ = await line.ask("POST", path, json=await caller.offer(), headers=line.headers(bot))
        assert status == 200, reply
        await caller.take(reply)
    elif isinstance(caller, SocketCaller):
        await caller.connect(line.web, answer)
    await caller.send("client-ready", {"version": "2.1.0", "about": {"library": "@pipecat-ai/client-js"}})
    await caller.get("bot-ready")
    return perf_counter() - began


async def _measure(quick: bool) -> list[Figure]:
    starts, times = (1, 3) if quick else (3, 10)
    seen: dict[str, list[float]] = {"livez": [], "websocket": [], "webrtc": []}
    with tempfile.TemporaryDirectory() as folder:
        template = Template.make(Path(folder) / "template")
        house = template.copy(Path(folder) / "house")
        bot = next(iter(template.keys))
        for round_number in range(starts):
            seen["livez"].append(await _start_up(house))
            if round_number == starts - 1:
                async with Line(house) as line:
                    for _ in range(times + 1):
                        for kind in (SocketCaller, PeerCaller):
                            caller = kind()
                            line.callers.append(caller)
                            seen[caller.transport].append(await _connect(line, bot, caller))
                            await caller.hang_up()
            await house.stop()
    figures = [Figure("server: spawn -> /livez answers", middle(seen["livez"]), "s")]
    for transport in ("websocket", "webrtc"):
        first, *later = seen[transport]
        figures += [
            Figure(f"{transport}: asking for a call -> bot-ready, median", middle(later) * 1000, "ms"),
            Figure(f"{transport}: asking for a call -> bot-ready, longest", max(later) * 1000, "ms"),
            Figure(f"{transport}: the first call after the start", first * 1000, "ms"),
        ]
    return figures


def measure(*, quick: bool) -> list[Figure]:
    """Start real servers and call them over both transports, from the same machine."""
    spread()
    return asyncio.run(_measure(quick))

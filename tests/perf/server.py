"""How soon the server answers after its start, and how soon a client is talking."""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path
from time import perf_counter

from tests.e2e.callers import Caller, PeerCaller, SocketCaller
from tests.e2e.house import House, Template
from tests.e2e.line import Line

from .machine import spread
from .table import Figure, middle

CALLS = 4


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


def _cpu_seconds(house: House) -> float:
    """Return the processor time that the server process itself has used; its speech workers are not in it."""
    assert house.process is not None
    fields = Path(f"/proc/{house.process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def _listening(house: House, line: Line, bot: str, kind: type[Caller], calls: int, seconds: float) -> float:
    """Return the server's CPU ms per call-second while ``calls`` callers send their microphones and nobody speaks."""
    callers = []
    for _ in range(calls):
        caller = kind()
        line.callers.append(caller)
        callers.append(caller)
        await _connect(line, bot, caller)
        if isinstance(caller, SocketCaller):
            caller.open_microphone()
    await asyncio.sleep(6.0)
    before = _cpu_seconds(house)
    await asyncio.sleep(seconds)
    used = _cpu_seconds(house) - before
    for caller in callers:
        await caller.hang_up()
    return used * 1000 / (seconds * calls)


async def _measure(quick: bool) -> list[Figure]:
    starts, times = (1, 3) if quick else (3, 10)
    cpu: dict[str, float] = {}
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
                    for kind in (SocketCaller, PeerCaller):
                        cpu[kind.transport] = await _listening(house, line, bot, kind, CALLS, 4.0 if quick else 10.0)
            await house.stop()
    figures = [Figure("server: spawn -> /livez answers", middle(seen["livez"]), "s")]
    for transport in ("websocket", "webrtc"):
        first, *later = seen[transport]
        figures += [
            Figure(f"{transport}: asking for a call -> bot-ready, median", middle(later) * 1000, "ms"),
            Figure(f"{transport}: asking for a call -> bot-ready, longest", max(later) * 1000, "ms"),
            Figure(f"{transport}: the first call after the start", first * 1000, "ms"),
            Figure(
                f"{transport}: {CALLS} calls that listen, CPU per call-second",
                cpu[transport],
                "ms",
                note="the whole server process: HTTP server, transport, voice detection, recording",
            ),
        ]  # fmt: skip
    return figures


def measure(*, quick: bool) -> list[Figure]:
    """Start real servers and call them over both transports, from the same machine."""
    spread()
    return asyncio.run(_measure(quick))

"""Simulated calls in real time, in their own process: `python -m tests.perf.simulation '{"calls": 20}'` prints JSON.

Each caller's microphone delivers 20 ms blocks of 16 kHz audio: a spoken sentence, then quiet, over and over; each turn
is answered by canned services and played out. Everything else is what a real call has: voice detection, aggregators,
RTVI towards a client that only counts, journal, recorder, playout paced by the clock.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import Any

from bots.engine.audio.resampler import resample_once
from bots.engine.audio.silero import SileroVADAnalyzer
from bots.engine.audio.silero_batch import SileroBatcher
from bots.engine.audio.silero_model import shared_model
from bots.engine.audio.vad import VADAnalyzer
from bots.engine.core.journal import FileSink
from bots.engine.transports.pacer import Pacer
from bots.hosting.garbage import settle_collector

from .canned import Setting, SimulatedCall
from .machine import pin, private_bytes, waited_seconds
from .plain import PlainCall
from .table import share

BLOCK_SECS = 0.02
BLOCK_BYTES = 640
MICROPHONES_LATE: list[float] = []
"""Seconds by which blocks of the microphones were delivered late: calls that cannot keep up fall behind here."""

PHRASE = "I would like to book a table for four people tomorrow evening."


@dataclass(frozen=True, slots=True)
class Plan:
    """What to simulate; seconds. ``files``: real journal and track files. ``plain``: the reference instead of us."""

    calls: int
    seconds: float = 10.0
    warm: float = 4.0
    period: float = 7.0
    reply: float = 2.5
    vad: bool = True
    files: bool = False
    plain: bool = False
    profile: str = ""


class Tracks:
    """Both tracks of a call as the host writes them."""

    def __init__(self, folder: Path) -> None:
        from bots.engine.clock import SystemClock
        from bots.engine.core.journal import Journal
        from bots.hosting.tracks import TrackFiles

        folder.mkdir(parents=True, exist_ok=True)
        self._files = TrackFiles(folder, Journal(SystemClock()))

    def write(self, track: str, offset: int, pcm: bytes) -> bool:
        """Hand a chunk to the kernel."""
        return self._files.write(track, offset, pcm)


def spoken(seconds: float) -> bytes:
    """Return a sentence followed by quiet, ``seconds`` in all, 16 kHz s16le."""
    wav = subprocess.run(["espeak-ng", "-s", "165", "--stdout", PHRASE], capture_output=True, check=True).stdout
    speech = resample_once(wav[44:], int.from_bytes(wav[24:28], "little"), 16000)
    whole = round(seconds * 16000) * 2
    return (speech[: whole - 16000] + bytes(whole))[:whole]


async def microphone(call: Any, sound: bytes, offset: float, until: float) -> None:
    """Deliver 20 ms blocks when they are due; ``offset`` shifts the caller's phase."""
    loop = asyncio.get_running_loop()
    due = loop.time() + offset % BLOCK_SECS
    place = int(offset / BLOCK_SECS) * BLOCK_BYTES % len(sound)
    while due < until:
        await asyncio.sleep(due - loop.time())
        MICROPHONES_LATE.append(loop.time() - due)
        await call.hear(sound[place : place + BLOCK_BYTES])
        place = (place + BLOCK_BYTES) % len(sound)
        due += BLOCK_SECS


async def microphones(calls: Sequence[Any], sound: bytes, until: float) -> None:
    """Deliver 20 ms blocks of calls that never wait (no voice detection), a quarter of them every 5 ms."""
    loop = asyncio.get_running_loop()
    due, tick = loop.time(), 0
    while due < until:
        await asyncio.sleep(due - loop.time())
        place = tick // 4 * BLOCK_BYTES % len(sound)
        for call in calls[tick % 4 :: 4]:
            await call.hear(sound[place : place + BLOCK_BYTES])
        tick += 1
        due += BLOCK_SECS / 4


def speak(plan: Plan, calls: Sequence[Any], until: float) -> list[asyncio.Task[None]]:
    """Start the microphones, each caller in its own phase."""
    sound = spoken(plan.period)
    if not plan.vad:
        return [asyncio.create_task(microphones(calls, sound, until))]
    return [
        asyncio.create_task(microphone(call, sound, number * plan.period / plan.calls + 0.0013 * number, until))
        for number, call in enumerate(calls)
    ]


def setting_of(plan: Plan, folder: Path, batcher: SileroBatcher | None) -> Setting:
    """Return what the plan's calls are made of."""
    numbers = iter(range(10_000))

    def vad() -> VADAnalyzer | None:
        return SileroVADAnalyzer(batcher=batcher) if plan.vad else None

    if not plan.files:
        return Setting(vad=vad, reply_secs=plan.reply)
    return Setting(
        vad=vad, reply_secs=plan.reply,
        sink=lambda: FileSink(folder / f"{next(numbers)}.log"), tracks=lambda: Tracks(folder / f"t{next(numbers)}"),
    )  # fmt: skip


async def watch(plan: Plan, calls: Sequence[Any], memory_before: int) -> dict[str, float]:
    """Let the calls run and return what they used meanwhile."""
    loop, pacer = asyncio.get_running_loop(), Pacer.of()
    await asyncio.sleep(plan.warm)
    pacer.reset()
    PlainCall.late.clear()
    MICROPHONES_LATE.clear()
    used, began, blocks = process_time(), loop.time(), sum(call.line.blocks for call in calls)
    waited = waited_seconds()
    await asyncio.sleep(plan.seconds)
    used, passed = process_time() - used, loop.time() - began
    blocks = sum(call.line.blocks for call in calls) - blocks
    waited = waited_seconds() - waited
    late = pacer.lateness()
    return {
        "cpu_ms": used * 1000 / (passed * plan.calls),
        "load": used / passed,
        "memory_mb": (private_bytes() - memory_before) / plan.calls / 1e6,
        "late_p99_ms": (share(PlainCall.late, 0.99) if PlainCall.late else late.p99) * 1000,
        "late_max_ms": (max(PlainCall.late) if PlainCall.late else late.max) * 1000,
        "microphone_p99_ms": share(MICROPHONES_LATE, 0.99) * 1000 if MICROPHONES_LATE else 0.0,
        "skipped": late.skipped,
        "waited": waited / passed,
        "spoken_share": blocks * BLOCK_SECS / (passed * plan.calls),
    }


async def simulate(plan: Plan) -> dict[str, float]:
    """Run the plan; CPU ms per call-second, private MB per call, lateness ms, share of time in which the bots speak."""
    batcher = SileroBatcher() if plan.vad and not plan.plain else None
    with tempfile.TemporaryDirectory() as folder:
        setting = setting_of(plan, Path(folder), batcher)
        if plan.vad:
            shared_model()
        await _one_short_call(plan, setting, spoken(plan.period))
        memory_before = private_bytes()
        settle_collector()
        async with AsyncExitStack() as stack:
            built_from = process_time()
            calls: list[Any] = []
            for _ in range(plan.calls):
                call = PlainCall(vad=plan.vad, reply=plan.reply) if plan.plain else SimulatedCall(setting)
                calls.append(await stack.enter_async_context(call))
            build_ms = (process_time() - built_from) * 1000 / plan.calls
            speakers = speak(plan, calls, asyncio.get_running_loop().time() + plan.warm + plan.seconds)
            found = await watch(plan, calls, memory_before)
            await asyncio.gather(*speakers)
        if batcher is not None:
            batcher.close()
    return {**found, "build_ms": build_ms}


async def _one_short_call(plan: Plan, setting: Setting, sound: bytes) -> None:
    """Let everything that is loaded once be loaded before memory is counted."""
    async with PlainCall(vad=plan.vad, reply=plan.reply) if plan.plain else SimulatedCall(setting) as call:
        for start in range(0, 2 * 16000 * 3, BLOCK_BYTES):
            await call.hear(sound[start : start + BLOCK_BYTES])
        await asyncio.sleep(0.1)


def run_apart(plan: Plan) -> dict[str, float]:
    """Simulate in a fresh process, so that one measurement leaves nothing to the next."""
    given = json.dumps({name: getattr(plan, name) for name in Plan.__slots__})
    done = subprocess.run(
        [sys.executable, "-m", "tests.perf.simulation", given], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main(given: str) -> None:
    """Simulate what ``given`` says, a JSON object of :class:`Plan`'s fields, and print the result."""
    plan = Plan(**json.loads(given))
    pin()
    if plan.profile:
        import cProfile

        with cProfile.Profile() as profile:
            found = asyncio.run(simulate(plan))
        profile.dump_stats(plan.profile)
    else:
        found = asyncio.run(simulate(plan))
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1])

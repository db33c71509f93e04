"""What pipelines and calls hold while nothing happens."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
from contextlib import AsyncExitStack

from bots.engine.audio.silero import SileroVADAnalyzer
from bots.engine.audio.silero_batch import SileroBatcher
from bots.engine.audio.silero_model import shared_model

from . import peers
from .canned import Setting, SimulatedCall
from .hops import Handler, Running
from .machine import private_bytes
from .plain import PlainCall
from .table import Figure


async def _chain() -> tuple[float, float]:
    """Return KiB of heap and asyncio tasks of an idle pipeline with ten processors, the task that runs it included."""
    async with Running([Handler() for _ in range(10)]):
        """Once before, so that nothing is counted that is made only once."""
    gc.collect()
    tasks = len(asyncio.all_tasks())
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    async with Running([Handler() for _ in range(10)]):
        await asyncio.sleep(0.05)
        gc.collect()
        kib = (tracemalloc.get_traced_memory()[0] - before) / 1024
        tasks = len(asyncio.all_tasks()) - tasks
    tracemalloc.stop()
    return kib, tasks


async def _call(amount: int) -> tuple[float, float]:
    """Return KiB of private memory and asyncio tasks of an idle call with voice detection."""
    batcher = SileroBatcher()
    shared_model()
    setting = Setting(vad=lambda: SileroVADAnalyzer(batcher=batcher))
    async with SimulatedCall(setting) as call:
        await call.hear(bytes(3200))
    async with AsyncExitStack() as stack:
        before, tasks = private_bytes(), len(asyncio.all_tasks())
        for _ in range(amount):
            await stack.enter_async_context(SimulatedCall(setting))
        held, tasks = private_bytes() - before, len(asyncio.all_tasks()) - tasks
    batcher.close()
    return held / amount / 1024, tasks / amount


async def _plain_call(amount: int) -> float:
    before = private_bytes()
    calls = [PlainCall(vad=True, reply=1.0) for _ in range(amount)]
    held = private_bytes() - before
    return held / len(calls) / 1024


async def _measure(quick: bool) -> list[Figure]:
    amount = 40 if quick else 200
    chain_kib, chain_tasks = await _chain()
    call_kib, call_tasks = await _call(amount)
    plain_kib = await _plain_call(amount)
    return [
        Figure("idle chain of 10: heap", chain_kib, "KiB", **peers.IDLE_CHAIN_KIB),
        Figure("idle chain of 10: asyncio tasks", chain_tasks, "tasks", note="the one that runs it included",
               **peers.IDLE_CHAIN_TASKS),
        Figure("idle call with VAD: private memory", call_kib, "KiB", reference=plain_kib, **peers.IDLE_CALL_KIB),
        Figure("idle call with VAD: asyncio tasks", call_tasks, "tasks", **peers.IDLE_CALL_TASKS),
    ]  # fmt: skip


def measure(*, quick: bool) -> list[Figure]:
    """Measure idle pipelines and calls."""
    return asyncio.run(_measure(quick))

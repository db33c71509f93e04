"""The pool of warm workers."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator

import pytest

from bots.engine.providers.workers.errors import WorkersBusy, WorkerStartError
from bots.engine.providers.workers.pool import WorkerPool
from bots.engine.providers.workers.process import WorkerSpec
from tests.engine.providers.workers.census import alive, open_descriptors, other_tasks, until

pytestmark = pytest.mark.worker

MODULE = "tests.engine.providers.workers.misbehaving"


@contextlib.asynccontextmanager
async def pool_of(warm: int, limit: int, mode: str = "answers", deadline_s: float = 5.0) -> AsyncIterator[WorkerPool]:
    spec = WorkerSpec(name="test", module=MODULE, settings={"mode": mode})
    pool = WorkerPool(spec, warm=warm, limit=limit, acquire_deadline_s=deadline_s)
    try:
        await pool.start()
        yield pool
    finally:
        await pool.close()


async def test_twenty_leases_with_deaths_leave_no_process_descriptor_or_task() -> None:
    async with pool_of(1, 2):
        pass
    before, pids = open_descriptors(), set[int]()
    async with pool_of(1, 2) as pool:
        for number in range(20):
            worker = await pool.acquire()
            pids.add(worker.pid)
            if number % 5 == 4:
                os.kill(worker.pid, signal.SIGKILL)
            await pool.release(worker)
            await pool.release(worker)
        assert pool.leased == 0
    assert len(pids) >= 4
    assert not any(alive(pid) for pid in pids)
    assert open_descriptors() == before
    assert other_tasks() == set()


async def test_a_lease_is_replaced_in_the_background_so_that_the_next_is_warm() -> None:
    async with pool_of(1, 3) as pool:
        first = await pool.acquire()
        assert (pool.idle, pool.leased) == (0, 1)
        await until(lambda: pool.idle == 1)
        second = await pool.acquire()
        assert first.pid != second.pid
        await until(lambda: pool.idle == 1)
        await pool.release(first)
        await pool.release(second)
        assert (pool.idle, pool.leased) == (1, 0), "what is not needed is ended"


async def test_at_the_limit_the_longest_waiting_gets_what_comes_back() -> None:
    async with pool_of(1, 1) as pool:
        worker = await pool.acquire()
        first, second = asyncio.create_task(pool.acquire()), asyncio.create_task(pool.acquire())
        await asyncio.sleep(0)
        await pool.release(worker)
        assert await first is worker
        assert not second.done()
        await pool.release(worker)
        assert await second is worker


async def test_at_the_limit_waiting_ends_with_a_coded_error() -> None:
    async with pool_of(1, 1, deadline_s=0.05) as pool:
        worker = await pool.acquire()
        with pytest.raises(WorkersBusy) as raised:
            await pool.acquire()
        assert raised.value.retryable
        await pool.release(worker)
        assert await pool.acquire() is worker


async def test_who_gives_up_waiting_loses_no_worker() -> None:
    async with pool_of(1, 1) as pool:
        worker = await pool.acquire()
        waiting = asyncio.create_task(pool.acquire())
        await asyncio.sleep(0)
        await pool.release(worker)
        waiting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await pool.release(await waiting)
        assert (pool.idle, pool.leased) == (1, 0)


async def test_a_worker_that_died_while_idle_is_not_lent() -> None:
    async with pool_of(1, 2) as pool:
        dead = await pool.acquire()
        await pool.release(dead)
        os.kill(dead.pid, signal.SIGKILL)
        await until(lambda: not dead.usable)
        worker = await pool.acquire()
        assert worker.pid != dead.pid
        assert await worker.request({"op": "hello"}, answer="hello", deadline_s=2)


async def test_a_worker_that_cannot_be_reset_is_replaced() -> None:
    async with pool_of(1, 1) as pool:
        worker = await pool.acquire()
        worker.post({"op": "die"})
        await pool.release(worker)
        await until(lambda: pool.idle == 1)
        assert (await pool.acquire()).pid != worker.pid


async def test_a_pool_whose_worker_cannot_start_says_so() -> None:
    with pytest.raises(WorkerStartError):
        async with pool_of(1, 1, mode="raises"):
            pass


async def test_closing_refuses_who_waits_and_who_comes_later() -> None:
    async with pool_of(1, 1) as pool:
        await pool.acquire()
        waiting = asyncio.create_task(pool.acquire())
        await asyncio.sleep(0)
        await pool.close()
        with pytest.raises(WorkerStartError):
            await waiting
        with pytest.raises(WorkerStartError):
            await pool.acquire()


def test_sizes_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="warm"):
        WorkerPool(WorkerSpec(name="test", module=MODULE), warm=2, limit=1)

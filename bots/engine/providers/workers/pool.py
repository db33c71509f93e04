"""A pool of warm worker processes, bound to the event loop that starts it."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from contextlib import suppress

from bots.engine.errors import ProviderError
from bots.engine.providers.workers.errors import WorkersBusy, WorkerStartError
from bots.engine.providers.workers.process import WorkerProcess, WorkerSpec

logger = logging.getLogger(__name__)

RESET_DEADLINE_S = 2.0


class WorkerPool:
    """Keeps ``warm`` idle workers ready and lends out at most ``limit`` (started ones included).

    Replacements start one at a time: several at once would delay the audio of running calls. A worker that comes back
    is reset; one that cannot be reset is replaced. Every method belongs to the loop that called ``start``.
    """

    def __init__(self, spec: WorkerSpec, *, warm: int = 1, limit: int = 8, acquire_deadline_s: float = 5.0) -> None:
        if not 1 <= warm <= limit:
            raise ValueError("warm must be at least 1 and at most limit")
        self.spec = spec
        self._warm, self._limit, self._acquire_deadline_s = warm, limit, acquire_deadline_s
        self._idle: deque[WorkerProcess] = deque()
        self._leased: set[WorkerProcess] = set()
        self._waiters: deque[asyncio.Future[WorkerProcess]] = deque()
        self._filler: asyncio.Task[None] | None = None
        self._closed = False

    @property
    def idle(self) -> int:
        """How many workers wait, ready."""
        return len(self._idle)

    @property
    def leased(self) -> int:
        """How many workers are lent out."""
        return len(self._leased)

    async def start(self) -> None:
        """Start the warm workers, one after the other; raises the ``ProviderError`` of the first that cannot start."""
        while len(self._idle) < self._warm:
            self._idle.append(await WorkerProcess.start(self.spec))

    async def acquire(self) -> WorkerProcess:
        """Lend a ready worker.

        Raises ``WorkersBusy`` when none becomes free in time, or the error a needed new worker failed to start with.
        """
        if self._closed:
            raise WorkerStartError("The speech workers are shut down.")
        while self._idle:
            worker = self._idle.popleft()
            if worker.usable:
                self._leased.add(worker)
                self._refill()
                return worker
            await worker.close()
        return await self._wait()

    async def release(self, worker: WorkerProcess) -> None:
        """Take a worker back: reset it, or end it when it is broken or not needed. A second release does nothing."""
        if worker not in self._leased:
            return
        clean = False
        try:
            if worker.usable and not self._closed:
                await worker.request({"op": "reset"}, answer="reset", deadline_s=RESET_DEADLINE_S)
                clean = True
        except ProviderError as error:
            logger.warning("speech worker replaced", extra={"worker": self.spec.name, "code": error.code})
        finally:
            self._leased.discard(worker)
            if clean and not self._closed:
                clean = self._offer(worker)
            if not clean or self._closed:
                await worker.close(grace_s=0)
            self._refill()

    async def close(self) -> None:
        """End every worker, also those that are lent out, and refuse who waits."""
        self._closed = True
        if self._filler:
            self._filler.cancel()
            with suppress(asyncio.CancelledError):
                await self._filler
        self._refuse(WorkerStartError("The speech workers are shut down."))
        workers = [*self._idle, *self._leased]
        self._idle.clear()
        self._leased.clear()
        await asyncio.gather(*(worker.close() for worker in workers))

    async def _wait(self) -> WorkerProcess:
        waiter: asyncio.Future[WorkerProcess] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        self._refill()
        try:
            async with asyncio.timeout(self._acquire_deadline_s):
                return await asyncio.shield(waiter)
        except TimeoutError as error:
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                return waiter.result()
            raise WorkersBusy("Every speech worker is in use.", retryable=True) from error
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                self._leased.discard(waiter.result())
                if not self._offer(waiter.result()):
                    await waiter.result().close()
            raise
        finally:
            if waiter in self._waiters:
                self._waiters.remove(waiter)

    def _offer(self, worker: WorkerProcess) -> bool:
        """Give a ready worker to who waits longest, else keep it; False when there are enough."""
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                self._leased.add(worker)
                waiter.set_result(worker)
                return True
        if len(self._idle) >= self._warm:
            return False
        self._idle.append(worker)
        return True

    def _refuse(self, error: ProviderError) -> None:
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_exception(error)

    def _missing(self) -> bool:
        wanted = len(self._idle) < self._warm + len(self._waiters)
        return wanted and not self._closed and len(self._idle) + len(self._leased) < self._limit

    def _refill(self) -> None:
        if self._missing() and (self._filler is None or self._filler.done()):
            self._filler = asyncio.create_task(self._fill(), name=f"{self.spec.name} worker pool")

    async def _fill(self) -> None:
        while self._missing():
            try:
                worker = await WorkerProcess.start(self.spec)
            except ProviderError as error:
                # Who waits hears why; the next acquire or release tries again, so a broken set-up does not spin.
                logger.exception("speech worker did not start", extra={"worker": self.spec.name, "code": error.code})
                self._refuse(error)
                return
            if not self._offer(worker):
                await worker.close()

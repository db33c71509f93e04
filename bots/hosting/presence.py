"""What a serving process does beside its calls: leases, abandoned calls, its own loop's lag (A2, A12)."""

from __future__ import annotations

import asyncio
import logging

from django.db import DatabaseError

from bots.actions.claim_call import renew_leases
from bots.actions.reap_calls import reap_calls
from bots.actions.run_job import sweep_jobs

from . import switchboard as board
from .database import in_database
from .duties import Duty, duties

log = logging.getLogger(__name__)

LEASE_EVERY_S = 2.0
REAP_EVERY_S = 5.0
SWEEP_EVERY_S = 60.0
LAG_EVERY_S = 0.1
LAG_LIMIT_S = 0.2


def is_draining() -> bool:
    """Whether this process takes no new calls."""
    return board.switchboard().draining


class Presence:
    """The housekeeping tasks of one process."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[None]] = []
        self.worst_lag_s = 0.0

    def start(self) -> None:
        """Start the tasks on the running loop."""
        loop = asyncio.get_running_loop()
        for name, work in (
            ("leases", self._renew()),
            ("reaper", self._reap()),
            ("lost jobs", self._sweep()),
            ("loop lag", self._watch_loop()),
        ):
            self._tasks.append(loop.create_task(work, name=name))
        for duty in duties():
            self._tasks.append(loop.create_task(self._do(duty), name=duty.name))

    async def stop(self) -> None:
        """End the tasks."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(LEASE_EVERY_S)
            running = list(board.switchboard().hosts)
            if running:
                try:
                    await in_database(renew_leases, running)
                except DatabaseError:
                    log.exception("leases could not be renewed")

    async def _reap(self) -> None:
        while True:
            try:
                await in_database(reap_calls)
            except DatabaseError:
                log.exception("abandoned calls could not be finalised")
            await asyncio.sleep(REAP_EVERY_S)

    async def _sweep(self) -> None:
        while True:
            try:
                await in_database(sweep_jobs)
            except DatabaseError:
                log.exception("lost jobs could not be queued again")
            await asyncio.sleep(SWEEP_EVERY_S)

    async def _do(self, duty: Duty) -> None:
        work = duty.begin()
        while True:
            await asyncio.sleep(duty.every_s)
            try:
                await work()
            except DatabaseError:
                log.exception("a duty waits for the database", extra={"duty": duty.name})

    async def _watch_loop(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + LAG_EVERY_S
            await asyncio.sleep(LAG_EVERY_S)
            lag = loop.time() - due
            self.worst_lag_s = max(self.worst_lag_s, lag)
            if lag > LAG_LIMIT_S:
                log.warning("the event loop was held up", extra={"seconds": round(lag, 3)})

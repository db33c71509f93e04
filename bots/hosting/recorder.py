"""Brings a call's journal into rows: one bounded queue and one writer a call (A1, A7, PROD-07)."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections import deque
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import Error as DatabaseFailure

from bots.actions.claim_call import mark_active, mark_ending
from bots.actions.finish_call import finish_call
from bots.actions.replay_journal import replay_journal
from bots.actions.store_events import store_events
from bots.engine.core.journal import JournalEvent

from .database import in_database

log = logging.getLogger(__name__)

LIMIT = 5000
BATCH = 200
PAUSE_S = 0.25
RETRY_S = 1.0
FINAL_PAUSES_S = (0.25, 0.5, 1.0, 2.0, 4.0)
"""Waits between the tries to make a call final; after the last one the reaper does it from the journal."""


class RowWriter:
    """Takes events without waiting and stores them in batches; keeps the call's own row in step.

    When the database cannot keep up, the newest events wait in the journal file only; :meth:`finish` then rebuilds the
    rows from there, so nothing is lost. ``epoch`` is the right under which the call runs.
    """

    def __init__(self, call_id: uuid.UUID, epoch: int = 0, *, limit: int = LIMIT) -> None:
        self._call_id, self._epoch, self._limit = call_id, epoch, limit
        self._events: deque[dict[str, Any]] = deque()
        self._wake = asyncio.Event()
        self._behind = False
        self._started_at: datetime | None = None
        self._ending = False

    def begin(self, started_at: datetime) -> None:
        """Have it noted that media flows since this moment."""
        self._started_at = started_at
        self._wake.set()

    def take(self, event: JournalEvent) -> None:
        """Queue an event for its row."""
        self._ending = self._ending or event.kind == "call.ending"
        if len(self._events) >= self._limit:
            self._behind = True
            return
        self._events.append(
            {"seq": event.seq, "at": event.at, "kind": event.kind, "data": dict(event.data), "cause": event.cause}
        )
        self._wake.set()

    async def run(self) -> None:
        """Store what comes until cancelled."""
        while True:
            await self._wake.wait()
            if self._started_at is None and not self._ending:
                await asyncio.sleep(PAUSE_S)
            self._wake.clear()
            try:
                await self._store()
            except DatabaseFailure:
                log.exception("events wait for the database", extra={"call": str(self._call_id)})
                await asyncio.sleep(RETRY_S)
                self._wake.set()

    async def _store(self) -> None:
        if (started_at := self._started_at) is not None:
            if not await in_database(mark_active, self._call_id, epoch=self._epoch, started_at=started_at):
                log.warning("another process took the call over", extra={"call": str(self._call_id)})
            self._started_at = None
        if self._ending:
            await in_database(mark_ending, self._call_id, epoch=self._epoch)
            self._ending = False
        while self._events:
            batch = [self._events[index] for index in range(min(BATCH, len(self._events)))]
            await in_database(store_events, self._call_id, batch)
            for _ in batch:
                self._events.popleft()

    async def finish(self, end: Mapping[str, Any]) -> bool:
        """Store the rest, rebuild rows from the journal where events were left out, and make the call final.

        ``end`` holds the keywords of ``finish_call``. Returns False when the database refused for eight seconds; the
        call then waits for the reaper.
        """
        for pause in (*FINAL_PAUSES_S, None):
            try:
                await self._store()
                if self._behind:
                    await in_database(replay_journal, self._call_id)
                await in_database(finish_call, call_id=self._call_id, **end)
                return True
            except DatabaseFailure:
                log.exception("a call waits for the database to become final", extra={"call": str(self._call_id)})
            except ObjectDoesNotExist:
                log.warning("a call was deleted while it ran", extra={"call": str(self._call_id)})
                return False
            if pause is not None:
                await asyncio.sleep(pause)
        return False

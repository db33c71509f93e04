"""Brings a call's journal into rows: one bounded queue and one writer a call (A1, A7, PROD-07)."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections import deque
from typing import Any

from django.db import DatabaseError

from bots.actions.replay_journal import replay_journal
from bots.actions.store_events import store_events
from bots.engine.core.journal import JournalEvent

from .database import in_database

log = logging.getLogger(__name__)

LIMIT = 5000
BATCH = 200
PAUSE_S = 0.25
RETRY_S = 1.0


class RowWriter:
    """Takes events without waiting and stores them in batches.

    When the database cannot keep up, the newest events wait in the journal file only; :meth:`finish` then rebuilds the
    rows from there, so nothing is lost.
    """

    def __init__(self, call_id: uuid.UUID) -> None:
        self._call_id = call_id
        self._events: deque[dict[str, Any]] = deque()
        self._wake = asyncio.Event()
        self._behind = False

    def take(self, event: JournalEvent) -> None:
        """Queue an event for its row."""
        if len(self._events) >= LIMIT:
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
            await asyncio.sleep(PAUSE_S)
            self._wake.clear()
            if not await self._store():
                await asyncio.sleep(RETRY_S)
                self._wake.set()

    async def _store(self) -> bool:
        while self._events:
            batch = [self._events[index] for index in range(min(BATCH, len(self._events)))]
            try:
                await in_database(store_events, self._call_id, batch)
            except DatabaseError:
                log.exception("events wait for the database", extra={"call": str(self._call_id)})
                return False
            for _ in batch:
                self._events.popleft()
        return True

    async def finish(self) -> None:
        """Store the rest; rebuild the rows from the journal where events had to be left out."""
        stored = await self._store()
        if self._behind or not stored:
            await in_database(replay_journal, self._call_id)

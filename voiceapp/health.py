"""The two questions an operator's probe asks: is the process alive, and may it be given calls."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor

logger = logging.getLogger(__name__)

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

READY_TIMEOUT_S = 3.0
MIGRATIONS_CHECKED_EVERY_S = 30.0


class Readiness:
    """Names what stands in the way of taking calls; an empty answer means ready."""

    def __init__(self) -> None:
        self._migrated_at: float | None = None

    def problems(self) -> list[str]:
        """Codes of what is wrong, cheapest check first; blocks on the database."""
        found = [] if os.access(settings.VOICE["DATA_DIR"], os.W_OK) else ["data_dir.not_writable"]
        try:
            return found + self._database_problems()
        except DatabaseError:
            logger.warning("Readiness check cannot reach the database")
            return [*found, "database.unreachable"]
        finally:
            connections[DEFAULT_DB_ALIAS].close()

    def _database_problems(self) -> list[str]:
        connection = connections[DEFAULT_DB_ALIAS]
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        now = time.monotonic()
        if self._migrated_at is not None and now - self._migrated_at < MIGRATIONS_CHECKED_EVERY_S:
            return []
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return ["database.not_migrated"]
        self._migrated_at = now
        return []


class HealthFirst:
    """Answers /livez and /readyz before Django sees the request, so that a busy thread pool cannot fail them.

    /livez needs nothing but the event loop. /readyz is 503 with codes while the process drains or lacks something.
    """

    def __init__(self, application: Application, is_draining: Callable[[], bool]) -> None:
        self._application = application
        self._is_draining = is_draining
        self._readiness = Readiness()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/livez":
            await respond(send, 200, {"status": "alive"})
        elif scope["path"] == "/readyz":
            problems = await self._problems()
            await respond(
                send, 503 if problems else 200, {"status": "not ready" if problems else "ready", "problems": problems}
            )
        else:
            await self._application(scope, receive, send)

    async def _problems(self) -> list[str]:
        if self._is_draining():
            return ["server.draining"]
        try:
            async with asyncio.timeout(READY_TIMEOUT_S):
                return await sync_to_async(self._readiness.problems, thread_sensitive=False)()
        except TimeoutError:
            return ["database.slow"]


async def respond(send: Send, status: int, body: dict[str, Any]) -> None:
    """Send one small JSON answer that no cache keeps."""
    content = json.dumps(body).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"cache-control", b"no-store"),
        (b"content-length", str(len(content)).encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})

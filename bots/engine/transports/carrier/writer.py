"""The one task that writes to a carrier's socket: what it was given, in order, never more than two seconds of it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

MAX_MESSAGES = 100
"""Two seconds of 20 ms messages."""


class StreamWriter:
    """Queues a stream's messages; sound and marks must stay in order.

    When :data:`MAX_MESSAGES` wait, ``on_overflow`` is called once and nothing is taken any more (reliability C12).
    """

    def __init__(self, send: Callable[[str | bytes], Awaitable[None]], on_overflow: Callable[[], None]) -> None:
        self._send, self._on_overflow = send, on_overflow
        self._waiting: deque[str | bytes] = deque()
        self._wake = asyncio.Event()
        self._writing = asyncio.Lock()
        self._closed = False

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, message: str | bytes | None) -> None:
        """Queue a message; None is none."""
        if message is None or self._closed:
            return
        if len(self._waiting) >= MAX_MESSAGES:
            self.close()
            self._on_overflow()
            return
        self._waiting.append(message)
        self._wake.set()

    def clear(self) -> None:
        """Forget what was not written yet."""
        self._waiting.clear()

    def close(self) -> None:
        """Take nothing more and forget what waits."""
        self._closed = True
        self._waiting.clear()

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self.flush()

    async def flush(self) -> None:
        """Write all that waits; a connection that is lost meanwhile ends it quietly."""
        async with self._writing:
            try:
                while self._waiting:
                    await self._send(self._waiting.popleft())
            except ConnectionError:
                self.close()

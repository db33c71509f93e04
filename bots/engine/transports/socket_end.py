"""How a caller's socket ends: what waits is written, the socket is closed, its owner is told once, all in time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Protocol

from bots.engine.errors import EngineError

log = logging.getLogger(__name__)

CLOSE_SECS = 0.4
NORMAL, POLICY, TRY_AGAIN, REPLACED = 1000, 1008, 1013, 4409


class Writer(Protocol):
    """What writes to the socket."""

    async def flush(self) -> None:
        """Write all that waits."""

    def close(self) -> None:
        """Take nothing more and forget what waits."""


class SocketEnd:
    """``close(code, reason)`` closes the socket; ``on_over(reason)`` is awaited once when it is gone or given up."""

    def __init__(
        self,
        writer: Writer,
        close: Callable[[int, str], Awaitable[None]],
        on_over: Callable[[str], Awaitable[None]],
    ) -> None:
        self._writer, self._close, self._on_over = writer, close, on_over
        self.over = self._told = False
        self._refusing: asyncio.Task[None] | None = None

    async def gone(self, reason: str) -> None:
        """Tell that the socket is closed."""
        self._writer.close()
        self.over = True
        if not self._told:
            self._told = True
            await self._on_over(reason)

    async def end(self, code: int, reason: str) -> None:
        """Write what waits, then close the socket; at most three times :data:`CLOSE_SECS`."""
        if not self.over:
            self.over = True
            await self._write_rest()
            await self._shut(code, reason)
        if self._refusing is not None and self._refusing is not asyncio.current_task():
            await asyncio.wait({self._refusing}, timeout=CLOSE_SECS)

    def refuse(self, code: int, error: EngineError) -> None:
        """Give the socket up, soon: with 1008 what waits is still written."""
        self._refusing = asyncio.get_running_loop().create_task(self._refuse(code, error), name="socket refusal")

    async def _refuse(self, code: int, error: EngineError) -> None:
        if code == POLICY:
            await self._write_rest()
        await self._shut(code, error.code)
        await self.gone(error.code)

    async def _write_rest(self) -> None:
        try:
            async with asyncio.timeout(CLOSE_SECS):
                await self._writer.flush()
        except TimeoutError:
            log.info("a socket did not take the last messages")

    async def _shut(self, code: int, reason: str) -> None:
        self._writer.close()
        try:
            async with asyncio.timeout(CLOSE_SECS):
                await self._close(code, reason)
        except TimeoutError:
            log.info("a socket did not close in time")

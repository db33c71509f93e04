"""A socket that is open before anybody knows which transport will speak through it (RUN-02)."""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .transport import WebSocketTransport

EARLY = 256


class OpenSocket:
    """Keeps what arrives until a transport is attached; ``send(data)`` and ``close(code, reason)`` act on it."""

    def __init__(self, send: Callable[[bytes], Awaitable[None]], close: Callable[[int, str], Awaitable[None]]) -> None:
        self.send, self.close = send, close
        self._transport: WebSocketTransport | None = None
        self._early: deque[bytes | str] = deque(maxlen=EARLY)
        self._gone: int | None = None

    async def attach(self, transport: WebSocketTransport) -> None:
        """Hand everything to this transport from now on."""
        self._transport = transport
        await transport.connected()
        while self._early:
            await transport.feed(self._early.popleft())
        if self._gone is not None:
            await transport.disconnected(self._gone)

    async def feed(self, data: bytes | str) -> None:
        """Take one message of the socket."""
        if self._transport is None:
            self._early.append(data)
        else:
            await self._transport.feed(data)

    async def disconnected(self, code: int) -> None:
        """Take the news that the socket is gone."""
        self._gone = code
        if self._transport is not None:
            await self._transport.disconnected(code)

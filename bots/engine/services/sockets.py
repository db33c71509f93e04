"""WebSockets to vendors: one line, opened under a deadline by whoever drives it, its failures named."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from .failures import Failure, VendorFailed, failure_of_status

if TYPE_CHECKING:
    from aiohttp import ClientSession, ClientWebSocketResponse

Message = str | bytes
LARGEST = 4 << 20
FAREWELL_S = 0.2


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to connect, and how to say who we are; ``ws://`` works as well as ``wss://``."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    subprotocols: tuple[str, ...] = ()


class Line(Protocol):
    """An open connection. Both ways raise :class:`VendorFailed` when it is gone."""

    async def send(self, message: Message) -> None:
        """Send a text or a binary message."""

    async def receive(self) -> Message:
        """Return the next message."""

    async def close(self) -> None:
        """Hang up; harmless when it is gone already."""


Connect = Callable[[Endpoint], Awaitable[Line]]


class WebSocketLine:
    """A line over aiohttp, which comes with the carrier's SDK anyway; see :func:`open_websocket`."""

    def __init__(self, session: ClientSession, socket: ClientWebSocketResponse) -> None:
        self._session, self._socket = session, socket

    async def send(self, message: Message) -> None:
        """Send; raises ``VendorFailed(LOST)`` on a line that is gone."""
        try:
            if isinstance(message, str):
                await self._socket.send_str(message)
            else:
                await self._socket.send_bytes(message)
        except (OSError, RuntimeError) as error:
            raise VendorFailed(Failure.LOST) from error

    async def receive(self) -> Message:
        """Return the next message; raises ``VendorFailed``: a close that names the key, a full server, or a loss."""
        from aiohttp import WSMsgType

        message = await self._socket.receive()
        if message.type in (WSMsgType.TEXT, WSMsgType.BINARY):
            data: Message = message.data
            return data
        raise VendorFailed(_failure_of_close(self._socket.close_code))

    async def close(self) -> None:
        """Close socket and session; a server that does not answer the farewell is not waited for."""
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(FAREWELL_S):
                    await self._socket.close()
        finally:
            await self._session.close()


def _failure_of_close(code: int | None) -> Failure:
    """Return what a close code means: 1008, 4001, 4003 refuse the key, 1013, 4029 are full, else the line broke."""
    if code in (1008, 4001, 4003):
        return Failure.KEY
    return Failure.BUSY if code in (1013, 4029) else Failure.LOST


async def open_websocket(endpoint: Endpoint) -> Line:
    """Connect; raises :class:`VendorFailed` with what went wrong (P3, P15, P17). The caller sets the deadline."""
    import aiohttp

    session = aiohttp.ClientSession()
    try:
        socket = await session.ws_connect(
            endpoint.url, headers=endpoint.headers, protocols=endpoint.subprotocols, max_msg_size=LARGEST
        )
    except BaseException as error:
        await session.close()
        if isinstance(error, aiohttp.WSServerHandshakeError):
            raise VendorFailed(failure_of_status(error.status)) from error
        if isinstance(error, aiohttp.ClientSSLError):
            raise VendorFailed(Failure.UNTRUSTED) from error
        if isinstance(error, aiohttp.ClientError | OSError | ValueError):
            raise VendorFailed(Failure.UNREACHABLE) from error
        raise
    return WebSocketLine(session, socket)

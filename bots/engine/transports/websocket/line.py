"""One WebSocket of a caller as a line of a call that may outlive it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bots.engine.transports.relay import RelayTransport
from bots.engine.transports.socket_end import NORMAL, REPLACED

from .socket import CallerSocket


class WebSocketLine:
    """Reads and writes the official protobuf framing (contract, section 6).

    ``send(data)`` writes a binary message, ``close(code, reason)`` closes the socket. The socket's owner awaits
    :meth:`run` in a task of its own, :meth:`feed` for each message and :meth:`gone` when the socket is closed.
    """

    name = "websocket"
    clearable = False

    def __init__(
        self,
        transport: RelayTransport,
        send: Callable[[bytes], Awaitable[None]],
        close: Callable[[int, str], Awaitable[None]],
    ) -> None:
        self._transport = transport
        self._socket = CallerSocket(send, close, transport.input(), self._over)

    async def run(self) -> None:
        """Write until cancelled or closed."""
        await self._socket.writer.run()

    def clear(self) -> None:
        """Forget sound that a slow socket has not taken yet; what was sent will be played by the client."""
        self._socket.writer.clear_audio()

    def write_audio(self, pcm: bytes, sample_rate: int) -> None:
        """Queue 20 ms of sound."""
        self._socket.writer.sample_rate = sample_rate
        self._socket.writer.audio(pcm)

    def write_message(self, message: Mapping[str, Any]) -> None:
        """Queue an RTVI message."""
        self._socket.writer.message(message)

    async def feed(self, data: bytes | str) -> None:
        """Take one message of the socket; never raises for what it holds."""
        await self._socket.feed(data)

    async def gone(self, reason: str = "closed") -> None:
        """Tell that the socket is closed."""
        await self._socket.gone(reason)

    async def close(self, reason: str) -> None:
        """Write what waits, then close the socket: 4409 when another line took over."""
        await self._socket.end(REPLACED if reason == "replaced" else NORMAL, reason)

    async def _over(self, reason: str) -> None:
        await self._transport.detach(self, reason)

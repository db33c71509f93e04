"""One WebSocket of a caller as a line of a call that may outlive it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bots.engine.errors import EngineError
from bots.engine.transports.intake import Intake
from bots.engine.transports.protobuf import AudioMessage, DataMessage, decode
from bots.engine.transports.rejections import ClientTooSlow, TextMessageInput
from bots.engine.transports.relay import RelayTransport

from .writer import SocketWriter

log = logging.getLogger(__name__)

CLOSE_SECS = 0.4
NORMAL, POLICY, TRY_AGAIN, REPLACED = 1000, 1008, 1013, 4409


class WebSocketLine:
    """Reads and writes the official protobuf framing (contract, section 6).

    ``send(data)`` writes a binary message, ``close(code, reason)`` closes the socket. The socket's owner awaits :meth:`run`
    in a task of its own, :meth:`feed` for each message and :meth:`gone` when the socket is closed.
    """

    name = "websocket"
    clearable = False

    def __init__(
        self,
        transport: RelayTransport,
        send: Callable[[bytes], Awaitable[None]],
        close: Callable[[int, str], Awaitable[None]],
    ) -> None:
        self._transport, self._close = transport, close
        self._writer = SocketWriter(send, self._too_slow)
        self._intake = Intake(transport.input(), self._writer.message, self._give_up)
        self._closing: asyncio.Task[None] | None = None
        self._over = False

    async def run(self) -> None:
        """Write until cancelled or closed."""
        await self._writer.run()

    def clear(self) -> None:
        """Nothing can be taken back: the client plays all that it was sent."""

    def write_audio(self, pcm: bytes, sample_rate: int) -> None:
        """Queue 20 ms of sound."""
        self._writer.sample_rate = sample_rate
        self._writer.audio(pcm)

    def write_message(self, message: Mapping[str, Any]) -> None:
        """Queue an RTVI message."""
        self._writer.message(message)

    async def feed(self, data: bytes | str) -> None:
        """Take one message of the socket; never raises for what it holds."""
        if self._over or not self._intake.open:
            return
        try:
            if isinstance(data, str):
                raise TextMessageInput("A text message cannot be read here.")
            found = decode(data)
            if not isinstance(found, AudioMessage | DataMessage):
                self._intake.admit_message()
                return
        except EngineError as error:
            self._intake.reject(error)
            return
        if isinstance(found, AudioMessage):
            await self._intake.audio(found.audio, found.sample_rate, found.num_channels)
        else:
            await self._intake.message(found.data)

    async def gone(self, reason: str = "closed") -> None:
        """Tell that the socket is closed."""
        self._over = True
        self._writer.close()
        await self._transport.detach(self, reason)

    async def close(self, reason: str) -> None:
        """Write what waits, then close the socket: 4409 when another line took over."""
        if self._over:
            return
        self._over = True
        await self._flush()
        await self._shut(REPLACED if reason == "replaced" else NORMAL, reason)

    def _give_up(self, error: EngineError) -> None:
        self._closing = asyncio.get_running_loop().create_task(self._refuse(POLICY, error), name="websocket refusal")

    def _too_slow(self) -> None:
        error = ClientTooSlow("The client did not take what was sent to it.")
        self._transport.input().note_rejected(error)
        self._closing = asyncio.get_running_loop().create_task(self._refuse(TRY_AGAIN, error), name="websocket refusal")

    async def _refuse(self, code: int, error: EngineError) -> None:
        if code == POLICY:
            await self._flush()
        await self._shut(code, error.code)
        await self.gone(error.code)

    async def _flush(self) -> None:
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

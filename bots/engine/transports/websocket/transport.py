"""The WebSocket transport: binary protobuf frames both ways, as the official browser client has them (contract 6)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from bots.engine.frames import StartFrame
from bots.engine.transports.base import BaseOutputTransport, BaseTransport, TransportParams
from bots.engine.transports.socket_end import NORMAL
from bots.engine.transports.streamed_input import StreamedInput

from .socket import CallerSocket

OUT_RATE = 24000
MAX_LEAD_SECS = 0.08


class WebSocketOutput(BaseOutputTransport):
    """Hands blocks and messages to the writer. What was sent will be heard: the client drops nothing it has queued."""

    clearable = False

    def __init__(self, params: TransportParams, transport: WebSocketTransport) -> None:
        super().__init__(params, name="WebSocketOutput")
        self._transport = transport

    async def start(self, frame: StartFrame) -> None:
        await super().start(frame)
        self._transport.socket.writer.sample_rate = self.sample_rate
        self.create_task(self._transport.socket.writer.run(), f"{self.name} writer")

    async def cleanup(self) -> None:
        await super().cleanup()
        await self._transport.socket.end(NORMAL, "call ended")

    def write_audio(self, pcm: bytes) -> None:
        self._transport.socket.writer.audio(pcm)

    def on_interruption(self) -> None:
        """Be silent; what a slow socket has not taken yet is not sent any more either."""
        super().on_interruption()
        self._transport.socket.writer.clear_audio()

    async def write_message(self, message: Mapping[str, Any]) -> None:
        self._transport.socket.writer.message(message)


class WebSocketTransport(BaseTransport):
    """One socket of a caller, for calls that end with their socket (see ``WebSocketLine`` for those that do not).

    ``send(data)`` writes a binary message, ``close(code, reason)`` closes the socket. Whoever owns the socket awaits
    :meth:`connected` once, :meth:`feed` for each message that arrives and :meth:`disconnected` when the socket is gone.
    Events: ``on_client_connected(client)``, ``on_client_disconnected(client, reason)``; the client is this transport,
    reasons are ``closed``, ``input.given_up`` and ``client.too_slow``.
    """

    def __init__(
        self,
        send: Callable[[bytes], Awaitable[None]],
        close: Callable[[int, str], Awaitable[None]],
        params: TransportParams | None = None,
    ) -> None:
        params = params or TransportParams()
        params = replace(
            params,
            audio_out_sample_rate=params.audio_out_sample_rate or OUT_RATE,
            audio_out_lead_secs=min(params.audio_out_lead_secs, MAX_LEAD_SECS),
        )
        super().__init__(params)
        self.close_code: int | None = None
        self._input = StreamedInput(params, name="WebSocketInput")
        self._output = WebSocketOutput(params, self)
        self.socket = CallerSocket(send, close, self._input, self._over)

    def input(self) -> StreamedInput:
        return self._input

    def output(self) -> WebSocketOutput:
        return self._output

    async def connected(self) -> None:
        """Tell that the socket is open."""
        await self.emit("on_client_connected", self)

    async def feed(self, data: bytes | str) -> None:
        """Take one message of the socket; never raises for what it holds."""
        await self.socket.feed(data)

    async def disconnected(self, code: int = 1006) -> None:
        """Tell that the socket is gone, with its close code."""
        self.close_code = code
        await self.socket.gone()

    async def _over(self, reason: str) -> None:
        await self.emit("on_client_disconnected", self, reason)

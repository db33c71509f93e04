"""The WebSocket transport: binary protobuf frames both ways, as the official browser client has them (contract 6)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from bots.engine.errors import EngineError
from bots.engine.frames import StartFrame, TranscriptionFrame
from bots.engine.transports.base import BaseOutputTransport, BaseTransport, TransportParams
from bots.engine.transports.intake import Intake
from bots.engine.transports.protobuf import (
    AudioMessage,
    DataMessage,
    InterruptionMessage,
    TextMessage,
    TranscriptionMessage,
    decode,
)
from bots.engine.transports.rejections import ClientTooSlow, TextMessageInput
from bots.engine.transports.streamed_input import StreamedInput

from .writer import SocketWriter

log = logging.getLogger(__name__)

OUT_RATE = 24000
MAX_LEAD_SECS = 0.08
CLOSE_SECS = 0.4
NORMAL, POLICY, TRY_AGAIN = 1000, 1008, 1013


class WebSocketOutput(BaseOutputTransport):
    """Hands blocks and messages to the writer. What was sent will be heard: the client drops nothing it has queued."""

    clearable = False

    def __init__(self, params: TransportParams, transport: WebSocketTransport) -> None:
        super().__init__(params, name="WebSocketOutput")
        self._transport = transport

    async def start(self, frame: StartFrame) -> None:
        await super().start(frame)
        self._transport.writer.sample_rate = self.sample_rate
        self.create_task(self._transport.writer.run(), f"{self.name} writer")

    async def cleanup(self) -> None:
        await super().cleanup()
        await self._transport.finish()

    def write_audio(self, pcm: bytes) -> None:
        self._transport.writer.audio(pcm)

    def clear(self) -> None:
        self._transport.writer.clear_audio()

    async def write_message(self, message: Mapping[str, Any]) -> None:
        self._transport.writer.message(message)


class WebSocketTransport(BaseTransport):
    """One socket of a caller.

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
        self._close = close
        self.writer = SocketWriter(send, self._too_slow)
        self._input = StreamedInput(params, name="WebSocketInput")
        self._output = WebSocketOutput(params, self)
        self.intake = Intake(self._input, self.writer.message, self._give_up)
        self.close_code: int | None = None
        self._gone = False
        self._closing: asyncio.Task[None] | None = None

    def input(self) -> StreamedInput:
        return self._input

    def output(self) -> WebSocketOutput:
        return self._output

    async def connected(self) -> None:
        """Tell that the socket is open."""
        await self.emit("on_client_connected", self)

    async def feed(self, data: bytes | str) -> None:
        """Take one message of the socket; never raises for what it holds."""
        if self._gone or not self.intake.open:
            return
        try:
            if isinstance(data, str):
                raise TextMessageInput("A text message cannot be read here.")
            found = decode(data)
            if not isinstance(found, AudioMessage | DataMessage):
                self.intake.admit_message()
        except EngineError as error:
            self.intake.reject(error)
            return
        if isinstance(found, AudioMessage):
            await self.intake.audio(found.audio, found.sample_rate, found.num_channels)
        elif isinstance(found, DataMessage):
            await self.intake.message(found.data)
        elif self._input.live:
            await self._take_from_peer(found)

    async def _take_from_peer(self, found: TextMessage | TranscriptionMessage | InterruptionMessage) -> None:
        """Take what other servers send: text is a typed turn, a transcription is heard speech."""
        if isinstance(found, TextMessage):
            message = {"label": "rtvi-ai", "type": "send-text", "id": "", "data": {"content": found.text}}
            await self._input.receive_message(message)
        elif isinstance(found, TranscriptionMessage):
            at = found.timestamp or self._input.clock.timestamp()
            await self._input.push_frame(TranscriptionFrame(found.text, found.user_id or self.params.user_id, at))
        else:
            await self._input.request_interruption("client")

    async def disconnected(self, code: int = 1006) -> None:
        """Tell that the socket is gone, with its close code."""
        self.close_code = code
        await self._over("closed")

    async def finish(self) -> None:
        """Write what waits, then close the socket normally; at most twice :data:`CLOSE_SECS`."""
        if not self._gone:
            await self._write_rest()
            await self._shut(NORMAL, "call ended")
        if self._closing is not None:
            await asyncio.wait({self._closing}, timeout=CLOSE_SECS)

    def _give_up(self, error: EngineError) -> None:
        self._closing = asyncio.get_running_loop().create_task(self._refuse(POLICY, error), name="websocket refusal")

    def _too_slow(self) -> None:
        error = ClientTooSlow("The client did not take what was sent to it.")
        self._input.note_rejected(error)
        self._closing = asyncio.get_running_loop().create_task(self._refuse(TRY_AGAIN, error), name="websocket refusal")

    async def _refuse(self, code: int, error: EngineError) -> None:
        if code == POLICY:
            await self._write_rest()
        await self._shut(code, error.code)
        await self._over(error.code)

    async def _write_rest(self) -> None:
        try:
            async with asyncio.timeout(CLOSE_SECS):
                await self.writer.flush()
        except TimeoutError:
            log.info("a socket did not take the last messages")

    async def _shut(self, code: int, reason: str) -> None:
        self.writer.close()
        try:
            async with asyncio.timeout(CLOSE_SECS):
                await self._close(code, reason)
        except TimeoutError:
            log.info("a socket did not close in time")

    async def _over(self, reason: str) -> None:
        if not self._gone:
            self._gone = True
            self.writer.close()
            await self.emit("on_client_disconnected", self, reason)

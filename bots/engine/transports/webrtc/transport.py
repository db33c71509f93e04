"""The SmallWebRTC transport: a WebRTC connection as input and output of a pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from av import AudioFrame

from bots.engine.errors import EngineError
from bots.engine.transports.base import BaseOutputTransport, BaseTransport, TransportParams
from bots.engine.transports.streamed_input import StreamedInput

from .connection import WebRTCConnection
from .reception import Reception


class SmallWebRTCOutput(BaseOutputTransport):
    """Plays through the connection; what the track did not send yet can still be taken back."""

    clearable = True

    def __init__(self, params: TransportParams, connection: WebRTCConnection) -> None:
        super().__init__(params, name="SmallWebRTCOutput")
        self._connection = connection

    async def cleanup(self) -> None:
        await super().cleanup()
        await self._connection.leave()

    def write_audio(self, pcm: bytes) -> None:
        self._connection.voice.put(pcm)

    def clear(self) -> float:
        return self._connection.voice.clear()

    async def write_message(self, message: Mapping[str, Any]) -> None:
        self._connection.channel.send(message)


class SmallWebRTCTransport(BaseTransport):
    """One WebRTC caller.

    Events: ``on_client_connected(client)``, ``on_client_lost(client, reason)``, ``on_client_reconnected(client)``,
    ``on_client_disconnected(client, reason)``; the client is the connection. Reasons: ``closed`` (the client left),
    ``failed`` or ``silent`` (the network), ``webrtc.not_connected``, ``client.too_slow``, ``input.given_up``.
    """

    def __init__(self, webrtc_connection: WebRTCConnection, params: TransportParams | None = None) -> None:
        params = params or TransportParams()
        super().__init__(replace(params, audio_out_sample_rate=webrtc_connection.voice.rate))
        self.connection = connection = webrtc_connection
        self._input = StreamedInput(self.params, name="SmallWebRTCInput")
        self._output = SmallWebRTCOutput(self.params, connection)
        self.reception = Reception(connection, self._input, self._give_up)
        self._gone = False
        connection.attach(self)

    def input(self) -> StreamedInput:
        return self._input

    def output(self) -> SmallWebRTCOutput:
        return self._output

    # -- what the connection tells -----------------------------------------------------------------------------------

    def connected(self, *, again: bool) -> None:
        """Tell that media can flow."""
        event = "on_client_reconnected" if again else "on_client_connected"
        self.connection.spawn(self.emit(event, self.connection), "webrtc connected")

    def lost(self, reason: str) -> None:
        """Tell that the network is gone for now."""
        self.connection.spawn(self.emit("on_client_lost", self.connection, reason), "webrtc lost")

    def gone(self, reason: str) -> None:
        """Tell, once, that the client will not come back."""
        if not self._gone:
            self._gone = True
            self.connection.spawn(self.emit("on_client_disconnected", self.connection, reason), "webrtc gone")

    def data(self, raw: str | bytes) -> None:
        """Line up a message of the client."""
        self.reception.data(raw)

    async def audio(self, frame: AudioFrame) -> None:
        """Take decoded audio."""
        await self.reception.audio(frame)

    def _give_up(self, error: EngineError) -> None:
        self.gone(error.code)

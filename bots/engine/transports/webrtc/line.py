"""One WebRTC connection of a caller as a line of a call that may outlive it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from av import AudioFrame

from bots.engine.audio.resampler import Resampler
from bots.engine.errors import EngineError
from bots.engine.transports.relay import RelayTransport

from .connection import WebRTCConnection
from .reception import Reception


class WebRTCLine:
    """Brings a connection's sound and messages to the call, and the call's to the connection.

    ``session`` is the id under which the client signals; ``on_over(line)`` is called once when the connection is over.
    """

    name = "webrtc"
    clearable = True

    def __init__(
        self,
        transport: RelayTransport,
        connection: WebRTCConnection,
        session: str,
        on_over: Callable[[WebRTCLine], None],
    ) -> None:
        self.connection, self.session = connection, session
        self._transport, self._on_over = transport, on_over
        self.reception = Reception(connection, transport.input(), self._give_up)
        self._resampler: Resampler | None = None
        self._ending: asyncio.Task[None] | None = None
        connection.attach(self)

    # -- from the call -----------------------------------------------------------------------------------------------

    def write_audio(self, pcm: bytes, sample_rate: int) -> None:
        """Queue 20 ms of sound for the track."""
        rate = self.connection.voice.rate
        if sample_rate != rate:
            if self._resampler is None or self._resampler.in_rate != sample_rate:
                self._resampler = Resampler(sample_rate, rate)
            pcm = self._resampler.process(pcm)
        self.connection.voice.put(pcm)

    def clear(self) -> float:
        """Take back the sound that the track did not send yet."""
        return self.connection.voice.clear()

    def write_message(self, message: Mapping[str, Any]) -> None:
        """Queue an RTVI message for the data channel."""
        self.connection.channel.send(message)

    async def close(self, reason: str) -> None:
        """Say ``peerLeft`` when the call ended, then close; a replaced connection is closed without a word."""
        self._on_over(self)
        if reason == "replaced":
            await self.connection.close()
        else:
            await self.connection.leave()

    # -- from the connection -----------------------------------------------------------------------------------------

    def connected(self, *, again: bool) -> None:
        """Media can flow: become the call's line."""
        self.connection.spawn(self._transport.attach(self), "webrtc connected")

    def lost(self, reason: str) -> None:
        """The network is gone for now; the call waits."""
        self.connection.spawn(self._transport.detach(self, reason), "webrtc lost")

    def gone(self, reason: str) -> None:
        """The connection is over."""
        if self._ending is None:
            self._on_over(self)
            self._ending = asyncio.get_running_loop().create_task(self._end(reason), name="webrtc gone")

    async def _end(self, reason: str) -> None:
        await self._transport.detach(self, reason)
        await self.connection.leave()

    def data(self, raw: str | bytes) -> None:
        """Line up a message of the client."""
        self.reception.data(raw)

    async def audio(self, frame: AudioFrame) -> None:
        """Take decoded audio."""
        await self.reception.audio(frame)

    def _give_up(self, error: EngineError) -> None:
        self.gone(error.code)

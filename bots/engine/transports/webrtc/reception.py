"""What a connection brings, on its way into the call: messages one after the other, sound placed by its RTP clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from av import AudioFrame

from bots.engine.errors import EngineError
from bots.engine.transports.intake import Intake
from bots.engine.transports.rejections import InputTooFast
from bots.engine.transports.rtp_timeline import RtpTimeline
from bots.engine.transports.streamed_input import StreamedInput

from .connection import WebRTCConnection

MAX_INBOUND = 512


class Reception:
    """Judges and delivers what arrives to ``target``; ``give_up`` is called once when too much of it is bad."""

    def __init__(
        self, connection: WebRTCConnection, target: StreamedInput, give_up: Callable[[EngineError], None]
    ) -> None:
        self._target = target
        self.intake = Intake(target, connection.channel.send, give_up)
        self._timeline = RtpTimeline()
        self._inbound: asyncio.Queue[str | bytes] = asyncio.Queue(MAX_INBOUND)
        connection.spawn(self._take_messages(), "webrtc messages")

    def data(self, raw: str | bytes) -> None:
        """Line up a message of the client."""
        try:
            self._inbound.put_nowait(raw)
        except asyncio.QueueFull:
            self.intake.reject(InputTooFast("Messages arrive faster than they are taken."))

    async def audio(self, frame: AudioFrame) -> None:
        """Take decoded audio, 16 bit interleaved."""
        if not self._target.live or frame.pts is None or frame.time_base is None:
            return
        channels = frame.layout.nb_channels
        pcm = bytes(frame.planes[0])[: frame.samples * channels * 2]
        seconds = frame.samples / frame.sample_rate
        at = self._timeline.place(float(frame.pts * frame.time_base), seconds, self._target.clock.now())
        await self.intake.audio(pcm, frame.sample_rate, channels, at)

    async def _take_messages(self) -> None:
        while self.intake.open:
            found = self.intake.read(await self._inbound.get())
            if found is None:
                continue
            if found.get("type") == "signalling":
                await self._signal(found.get("message"))
            else:
                await self._target.receive_message(found)

    async def _signal(self, message: object) -> None:
        """Follow the switch of the microphone (receiver 0); cameras and screens are not looked at."""
        if not isinstance(message, dict) or message.get("type") != "trackStatus" or message.get("receiver_index") != 0:
            return
        if isinstance(enabled := message.get("enabled"), bool):
            await self._target.user_muted(not enabled)

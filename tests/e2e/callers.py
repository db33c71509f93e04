"""Callers that speak the clients' protocol: over a WebSocket, and over WebRTC with aiortc."""

from __future__ import annotations

import asyncio
import contextlib
import fractions
import itertools
import json
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import numpy as np
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame

from bots.engine.transports.protobuf import AudioMessage, DataMessage, decode, encode_audio, encode_data
from tests.e2e.speech import RATE, quiet, resampled

STEP_S = 0.02
Message = dict[str, Any]


@dataclass(slots=True)
class Voice:
    """What the caller's microphone delivers, 20 ms at a time: what was given to say, otherwise a faint hiss."""

    pcm: bytearray = field(default_factory=bytearray)
    sent_s: float = 0.0
    _hiss: bytes = field(default_factory=lambda: quiet(1.0))

    def say(self, pcm: bytes) -> None:
        """Speak this next (16 kHz)."""
        self.pcm += pcm

    def step(self) -> bytes:
        """The next 20 ms, 16 kHz."""
        size = round(RATE * STEP_S) * 2
        taken = bytes(self.pcm[:size])
        del self.pcm[:size]
        self.sent_s += STEP_S
        return taken + self._hiss[len(taken) : size]


class Caller(ABC):
    """One end of a call: what it received, with times of the monotonic clock, and waiting for more of it."""

    transport = ""
    out_rate = 24_000

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.times: list[float] = []
        self.audio = bytearray()
        self.audio_times: list[tuple[float, int]] = []
        self.voice = Voice()
        self.closed = asyncio.Event()
        self.close_code: int | None = None
        self._changed = asyncio.Event()
        self._numbers = itertools.count(1)
        self._tasks: list[asyncio.Task[None]] = []

    # -- what came -----------------------------------------------------------------------------------------------------

    def took(self, message: Message) -> None:
        self.messages.append(message)
        self.times.append(time.monotonic())
        self._changed.set()

    def took_audio(self, pcm: bytes) -> None:
        self.audio += pcm
        self.audio_times.append((time.monotonic(), len(pcm)))
        self._changed.set()

    def of(self, kind: str, **data: Any) -> list[Message]:
        """The ``data`` of received messages; ``server/call`` is the product's own ``call``."""
        own = kind.partition("/")[2]
        found = [
            message.get("data") or {}
            for message in self.messages
            if message["type"] == ("server-message" if own else kind)
        ]
        wanted = {**({"type": own} if own else {}), **data}
        return [item for item in found if all(item.get(key) == value for key, value in wanted.items())]

    async def until(self, true: Callable[[], Any], seconds: float = 20.0, what: str = "") -> Any:
        """Wait until something received makes this true and return it."""
        deadline = time.monotonic() + seconds
        while not (found := true()):
            left = deadline - time.monotonic()
            assert left > 0, f"waited for {what or true}; got {[self.short(one) for one in self.messages[-25:]]}"
            self._changed.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), min(left, 0.5))
        return found

    async def get(self, kind: str, number: int = 1, seconds: float = 20.0, **data: Any) -> Message:
        """Wait for the n-th message of a kind and return its data."""
        found = await self.until(lambda: self.of(kind, **data)[number - 1 : number], seconds, f"{kind} {number} {data}")
        return dict(found[0])

    @staticmethod
    def short(message: Message) -> str:
        return f"{message['type']} {json.dumps(message.get('data'))[:90]}"

    @property
    def call(self) -> Message:
        """What the server said of the call, latest."""
        return self.of("server/call")[-1]

    @property
    def call_id(self) -> str:
        return str(self.call["call_id"])

    # -- what is said --------------------------------------------------------------------------------------------------

    async def send(self, kind: str, data: Any = None, **more: Any) -> str:
        """Send an RTVI message and return its id."""
        number = f"{next(self._numbers):08x}"
        message = {"label": "rtvi-ai", "type": kind, "id": number, **more}
        await self.send_text(json.dumps(message if data is None else {**message, "data": data}))
        return number

    @abstractmethod
    async def send_text(self, text: str) -> None:
        """Send a message as it is."""

    async def ready(self, version: str = "2.1.0") -> None:
        """Shake hands and wait until the server has introduced the call."""
        about = {"library": "@pipecat-ai/client-js", "library_version": "1.13.1"}
        before = len(self.of("server/call"))
        await self.send("client-ready", {"version": version, "about": about})
        await self.get("server/call", before + 1)

    async def greeted(self) -> None:
        """Wait for the end of the bot's greeting."""
        await self.get("bot-stopped-speaking")

    async def type(self, text: str) -> None:
        """Send typed words."""
        await self.send("send-text", {"content": text, "options": {"run_immediately": True, "audio_response": True}})

    async def hang_up(self) -> None:
        """End the call and wait for the goodbye."""
        await self.send("disconnect-bot", {})
        await asyncio.wait_for(self.closed.wait(), 10)

    def spawn(self, work: Any) -> None:
        self._tasks.append(asyncio.create_task(work))

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


class SocketCaller(Caller):
    """A caller over the WebSocket transport."""

    transport = "websocket"

    def __init__(self, rate: int = RATE) -> None:
        super().__init__()
        self.socket: aiohttp.ClientWebSocketResponse | None = None
        self.rate = rate

    async def connect(self, web: aiohttp.ClientSession, answer: Message, **headers: str) -> None:
        """Open the socket of a start answer."""
        address = f"{answer['wsUrl']}?token={answer['token']}"
        self.socket = await web.ws_connect(address, headers=headers, max_msg_size=0, autoping=True)
        self.spawn(self._read(self.socket))

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            found = decode(message.data)
            if isinstance(found, AudioMessage):
                self.took_audio(found.audio)
            elif isinstance(found, DataMessage):
                self.took(json.loads(found.data))
        self.close_code = socket.close_code
        self.closed.set()
        self._changed.set()

    async def send_text(self, text: str) -> None:
        await self.send_bytes(encode_data(text))

    async def send_bytes(self, data: bytes) -> None:
        assert self.socket is not None
        await self.socket.send_bytes(data)

    def open_microphone(self) -> None:
        """Send 20 ms of the voice every 20 ms."""
        self.spawn(self._talk())

    async def _talk(self) -> None:
        began, steps = time.monotonic(), 0
        while not self.closed.is_set():
            await asyncio.sleep(max(0.0, began + steps * STEP_S - time.monotonic()))
            steps += 1
            with contextlib.suppress(ConnectionError):
                await self.send_bytes(encode_audio(resampled(self.voice.step(), RATE, self.rate), self.rate))

    async def cut(self) -> None:
        """Lose the network: the connection ends without a goodbye."""
        assert self.socket is not None
        connection = self.socket._response.connection
        assert connection is not None
        assert connection.transport is not None
        connection.transport.abort()
        await self.stop()

    async def stop(self) -> None:
        await super().stop()
        if self.socket is not None:
            await self.socket.close()


class _Track(MediaStreamTrack):
    kind = "audio"

    def __init__(self, voice: Voice) -> None:
        super().__init__()
        self._voice = voice
        self._began: float | None = None
        self._steps = 0

    async def recv(self) -> AudioFrame:
        loop = asyncio.get_running_loop()
        self._began = loop.time() if self._began is None else self._began
        await asyncio.sleep(max(0.0, self._began + self._steps * STEP_S - loop.time()))
        frame = AudioFrame(format="s16", layout="mono", samples=960)
        frame.planes[0].update(np.repeat(np.frombuffer(self._voice.step(), "<i2"), 3).tobytes())
        frame.sample_rate, frame.pts, frame.time_base = 48_000, self._steps * 960, fractions.Fraction(1, 48_000)
        self._steps += 1
        return frame


class PeerCaller(Caller):
    """A caller over WebRTC, whose offer looks like the JavaScript client's."""

    transport = "webrtc"
    out_rate = 48_000

    def __init__(self) -> None:
        super().__init__()
        self.peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.peer.addTrack(_Track(self.voice))
        self.peer.addTransceiver("video", direction="sendrecv")
        self.channel = self.peer.createDataChannel("chat")
        self.opened = asyncio.Event()
        self.answer: Message = {}
        self.channel.on("open", self.opened.set)
        self.channel.on("message", self._heard)
        self.peer.on("track", lambda track: self.spawn(self._listen(track)) if track.kind == "audio" else None)

    def _heard(self, raw: str | bytes) -> None:
        message = json.loads(raw)
        if message["type"] == "signalling" and message["message"]["type"] == "peerLeft":
            self.closed.set()
        self.took(message)

    async def _listen(self, track: MediaStreamTrack) -> None:
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            assert isinstance(frame, AudioFrame)
            self.took_audio(np.frombuffer(bytes(frame.planes[0])[: frame.samples * 4], "<i2")[::2].tobytes())

    async def offer(self) -> Message:
        await self.peer.setLocalDescription(await self.peer.createOffer())
        return {"sdp": self.peer.localDescription.sdp, "type": "offer"}

    async def take(self, answer: Message) -> None:
        self.answer = answer
        await self.peer.setRemoteDescription(RTCSessionDescription(answer["sdp"], answer["type"]))
        await asyncio.wait_for(self.opened.wait(), 15)

    async def send_text(self, text: str) -> None:
        self.channel.send(text)

    async def stop(self) -> None:
        await self.peer.close()
        await super().stop()

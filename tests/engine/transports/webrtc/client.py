"""A caller with aiortc, and the call it reaches: real UDP on this machine's own addresses."""

from __future__ import annotations

import asyncio
import fractions
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame

from bots.engine.core.journal import JournalEvent
from bots.engine.core.pipeline import Pipeline
from bots.engine.core.processor import FrameProcessor, handles
from bots.engine.core.task import PipelineTask
from bots.engine.frames import (
    Frame,
    InputAudioRawFrame,
    InputTransportMessageFrame,
    UserMuteStartedFrame,
    UserMuteStoppedFrame,
)
from bots.engine.transports.webrtc.connection import WebRTCConnection
from bots.engine.transports.webrtc.offers import Answer, Offer
from bots.engine.transports.webrtc.transport import SmallWebRTCTransport


def tone(hertz: float, rate: int, first: int, samples: int) -> bytes:
    wave = np.sin(2 * np.pi * hertz * (first + np.arange(samples)) / rate) * 8000
    return wave.astype("<i2").tobytes()


def loudest(pcm: bytes, rate: int) -> float:
    """Frequency of the loudest part of a sound, in Hz."""
    samples = np.frombuffer(pcm, "<i2")
    return float(np.argmax(np.abs(np.fft.rfft(samples))) * rate / len(samples))


async def until(true: Callable[[], object], seconds: float = 5.0) -> None:
    """Wait for what another program's packets bring about; there is nothing to be notified by."""
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


class Microphone(MediaStreamTrack):
    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self.samples = 0
        self.began: float | None = None
        self.off = asyncio.Event()

    async def recv(self) -> AudioFrame:
        loop = asyncio.get_running_loop()
        if self.began is None:
            self.began = loop.time()
        await asyncio.sleep(max(0.0, self.began + self.samples / 48000 - loop.time()))
        if self.off.is_set():
            await loop.create_future()
        frame = AudioFrame(format="s16", layout="mono", samples=960)
        frame.planes[0].update(tone(440, 48000, self.samples, 960))
        frame.sample_rate, frame.pts, frame.time_base = 48000, self.samples, fractions.Fraction(1, 48000)
        self.samples += 960
        return frame


class Client:
    """The far end: offers like the official clients do."""

    def __init__(self, label: str = "chat", screen: bool = True) -> None:
        self.pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.microphone = Microphone()
        self.pc.addTrack(self.microphone)
        self.pc.addTransceiver("video", direction="sendrecv")
        if screen:
            self.pc.addTransceiver("video", direction="sendonly")
        self.channel = self.pc.createDataChannel(label)
        self.texts: list[str | bytes] = []
        self.heard: list[bytes] = []
        self.channel.on("message", self.texts.append)
        self.pc.on("track", self._on_track)
        self._hearing: asyncio.Task[None] | None = None
        self.answered: Answer | None = None

    def _on_track(self, track: MediaStreamTrack) -> None:
        if track.kind == "audio":
            self._hearing = asyncio.create_task(self._hear(track))

    async def _hear(self, track: MediaStreamTrack) -> None:
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            assert isinstance(frame, AudioFrame)
            stereo = np.frombuffer(bytes(frame.planes[0])[: frame.samples * 4], "<i2")
            self.heard.append(stereo[::2].tobytes())

    @property
    def messages(self) -> list[dict[str, Any]]:
        return [json.loads(text) for text in self.texts]

    async def offer(self) -> str:
        await self.pc.setLocalDescription(await self.pc.createOffer())
        return str(self.pc.localDescription.sdp)

    async def take(self, answer: Answer) -> None:
        self.answered = answer
        await self.pc.setRemoteDescription(RTCSessionDescription(answer.sdp, "answer"))

    async def connect(self, connection: WebRTCConnection, **more: Any) -> Answer:
        answer = await connection.negotiate(Offer(await self.offer(), **more))
        await self.take(answer)
        await until(lambda: self.channel.readyState == "open")
        return answer

    async def close(self) -> None:
        await self.pc.close()
        if self._hearing is not None:
            await asyncio.wait({self._hearing}, timeout=1)


class Middle(FrameProcessor):
    """Stands between input and output and keeps what passes."""

    def __init__(self) -> None:
        super().__init__()
        self.audio: list[InputAudioRawFrame] = []
        self.messages: list[dict[str, Any]] = []
        self.mutes: list[bool] = []

    @handles(InputAudioRawFrame, InputTransportMessageFrame, UserMuteStartedFrame, UserMuteStoppedFrame)
    async def keep(self, frame: Frame) -> None:
        if isinstance(frame, InputAudioRawFrame):
            self.audio.append(frame)
        elif isinstance(frame, InputTransportMessageFrame):
            self.messages.append(dict(frame.message))
        else:
            self.mutes.append(isinstance(frame, UserMuteStartedFrame))


class Call:
    """The server's side of one session."""

    def __init__(self, **settings: Any) -> None:
        self.connection = WebRTCConnection("session", **settings)
        self.transport = SmallWebRTCTransport(self.connection)
        self.events: list[tuple[str, ...]] = []
        for name in ("on_client_connected", "on_client_lost", "on_client_reconnected", "on_client_disconnected"):
            self._follow(name)
        self.middle = Middle()
        self.task = PipelineTask(
            Pipeline([self.transport.input(), self.middle, self.transport.output()]), idle_timeout_secs=None
        )
        self.journal: list[JournalEvent] = []
        self.task.journal.listen(self.journal.append)

    def _follow(self, name: str) -> None:
        async def note(transport: object, client: object, *more: str) -> None:
            self.events.append((name.removeprefix("on_client_"), *more))

        self.transport.add_event_handler(name, note)


@asynccontextmanager
async def running(**settings: Any) -> AsyncIterator[Call]:
    """Run a call; at its end nothing of it may be left."""
    before = asyncio.all_tasks()
    call = Call(**settings)
    ended = asyncio.create_task(call.task.run())
    await until(lambda: call.task.state == "running")
    try:
        yield call
    finally:
        await call.task.cancel()
        await ended
        await call.connection.close()
        await asyncio.sleep(0)
    left = [task.get_name() for task in asyncio.all_tasks() - before if "webrtc" in task.get_name()]
    assert left == []

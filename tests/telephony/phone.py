"""A carrier's end of a media stream in this process, and its own interface, which writes down what it is asked."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Mapping
from struct import pack
from typing import Any

from bots.engine.testing.tapes import TapeSTT, TapeTTS, TapeVoice
from bots.engine.tools.egress.client import EgressRequest, EgressResponse
from telephony.consumers.media_stream import media_stream
from telephony.emulation.profile import LineFacts
from telephony.emulation.profiles import PROFILES
from telephony.emulation.sound import RATE, Earpiece
from tests.bots.hosting.stage import PATIENCE_S, until


class Interface:
    """Answers every carrier's requests; ``answers`` by parts of addresses are (status, object), else 200 and ``{}``."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str]] = []
        self.answers: dict[str, tuple[int, Mapping[str, Any]]] = {}
        self.open = 0
        self.delay_s = 0.0

    def sender(self, base: str) -> Interface:
        """What carriers' packages send through."""
        self.open += 1
        return self

    async def send(self, request: EgressRequest) -> EgressResponse:
        self.asked.append((request.method, request.url, (request.content or b"").decode()))
        await asyncio.sleep(self.delay_s)
        for path, (status, answer) in self.answers.items():
            if path in request.url:
                return EgressResponse(status, {}, json.dumps(answer).encode())
        return EgressResponse(200, {}, b"{}")

    async def aclose(self) -> None:
        self.open -= 1


class Phone:
    """A person with a telephone: hears what the stream brings as a carrier would play it, and its marks come back."""

    def __init__(self, carrier: str, token: str, line: LineFacts, *, tells: bool = True, route: str = "") -> None:
        self.profile, self.line = PROFILES[carrier], line
        self._tells = tells
        loop = asyncio.get_running_loop()
        began = loop.time()
        self._now = lambda: loop.time() - began
        self.ear = Earpiece(self._now, lag=0.02)
        self._came, self._heard_before = 0, 0.0
        self.accepted = asyncio.Event()
        self.closed: tuple[int, str] | None = None
        self.marks = 0
        self._to_server: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        scope = {"type": "websocket", "url_route": {"kwargs": {"carrier": route or carrier, "token": token}}}
        self.task = asyncio.create_task(media_stream(scope, self._to_server.get, self._take), name="carrier's socket")
        self._to_server.put_nowait({"type": "websocket.connect"})

    async def _take(self, message: Mapping[str, Any]) -> None:
        if message["type"] == "websocket.accept":
            self.accepted.set()
        elif message["type"] == "websocket.close":
            self.closed = (message["code"], message.get("reason", ""))
            if self.accepted.is_set():
                self.leave(message["code"])
        else:
            self._read(message["text"])

    def _read(self, text: str) -> None:
        kind, value = self.profile.read(text)
        if kind == "media":
            self._came += len(value)
            self.ear.take(value)
        elif kind == "clear":
            self.ear.clear()
        elif kind == "mark":
            self.ear.mark(lambda: self._played(value))

    def _played(self, name: str) -> None:
        self.marks += 1
        if self._tells:
            self.send(self.profile.mark(self.line, name))

    def send(self, message: Mapping[str, Any] | str | bytes | None) -> None:
        """Send a message of the carrier, or what no carrier would."""
        if isinstance(message, bytes):
            self._to_server.put_nowait({"type": "websocket.receive", "bytes": message})
        elif message is not None:
            text = message if isinstance(message, str) else json.dumps(message)
            self._to_server.put_nowait({"type": "websocket.receive", "text": text})

    def begin(self, **changes: Any) -> None:
        """Say what every stream begins with; ``changes`` are other values of the start's own fields."""
        self.send(self.profile.hello(self.line))
        start = self.profile.start(self.line, {})
        self.send({**start, "start": {**start["start"], **changes}})

    async def say(self, ear: TapeSTT, text: str, seconds: float = 0.5) -> None:
        """Speak for a while, then be quiet; what the recogniser makes of it is ``text``."""
        ear.will_hear(text)
        await self.sound(seconds, 12_000)
        await self.sound(0.5, 0)

    async def sound(self, seconds: float, level: int) -> None:
        """Send a tone, as fast as it is spoken."""
        chunk = round(self.profile.chunk_ms / 1000 * RATE)
        for start in range(0, round(seconds * RATE), chunk):
            wave = [round(level * math.sin((start + place) / 4)) for place in range(chunk)]
            pcm = pack(f"<{chunk}h", *wave)
            at_ms = self.line.chunk * self.profile.chunk_ms
            self.send(self.profile.media(self.line, self.profile.encode(pcm), at_ms))
            await asyncio.sleep(self.profile.chunk_ms / 1000)

    def hang_up(self) -> None:
        """Put the receiver down, as this carrier tells of it."""
        self.send(self.profile.stop(self.line))
        self.leave(1000)

    def leave(self, code: int = 1006) -> None:
        """Be gone; 1006 without a word."""
        self._to_server.put_nowait({"type": "websocket.disconnect", "code": code})

    async def heard_out(self, seconds: float = PATIENCE_S) -> None:
        """Wait until the bot has said something more and is quiet."""
        await until(lambda: self.heard_s > self._heard_before and self._quiet_for() > 0.25, seconds)
        self._heard_before = self.heard_s

    @property
    def heard_s(self) -> float:
        """Seconds of the bot's sound that have come, played or not."""
        return self._came / 2 / RATE

    def _quiet_for(self) -> float:
        return self._now() - self.ear.plays_until

    async def over(self, seconds: float = PATIENCE_S) -> tuple[int, str] | None:
        """Wait until the server is done with the socket; returns how it closed it."""
        async with asyncio.timeout(seconds):
            await self.task
        return self.closed


def tape_ear() -> TapeSTT:
    """A recogniser that knows what is said."""
    return TapeSTT(delay=0.02)


def tape_voice() -> TapeTTS:
    """A voice that is quick and loud."""
    return TapeTTS(TapeVoice(word=0.06, delay=0.0))

"""The caller's end of a media stream: a mouth that speaks by the clock, and what brings sound to the ear."""

from __future__ import annotations

import asyncio
import json
import random
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

from .profile import LineFacts, Profile
from .sound import RATE, Earpiece


@dataclass(frozen=True, slots=True)
class Network:
    """How bad the connection is: seconds each way, seconds of jitter, the share of lost messages of sound."""

    delay_s: float = 0.03
    jitter_s: float = 0.0
    loss: float = 0.0
    seed: int = 1


class Receiver:
    """One caller's receiver, through all streams of their call. ``note`` hears of what happens."""

    def __init__(
        self, profile: Profile, line: LineFacts, network: Network, ear: Earpiece, now: Callable[[], float],
        note: Callable[..., None],
    ) -> None:  # fmt: skip
        self._profile, self._line, self._network, self._ear, self._now, self._note = (
            profile, line, network, ear, now, note,
        )  # fmt: skip
        self._chance = random.Random(network.seed)
        self._loop = asyncio.get_running_loop()
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._mouth = bytearray()
        self.said = bytearray()
        """All that was said, with the pauses, s16le at 8 kHz."""
        self.connected = asyncio.Event()
        """Set once a stream has begun."""
        self.began: float | None = None
        """When the present stream began, seconds of the call; None while there is none."""

    def say(self, pcm: bytes) -> None:
        """Say s16le at 8 kHz after what waits to be said."""
        self._mouth += pcm

    @property
    def is_talking(self) -> bool:
        """Whether there is something left to say."""
        return bool(self._mouth)

    async def press(self, key: str) -> None:
        """Press a key."""
        await self._send(self._profile.key(self._line, key))

    async def live_through(self, socket: aiohttp.ClientWebSocketResponse, custom: Mapping[str, str]) -> None:
        """Speak and hear over a socket until it closes."""
        self._line.stream_id = f"MZ{secrets.token_hex(16)}"
        self._line.sequence = self._line.chunk = 0
        self._socket, self.began = socket, self._now()
        for message in (self._profile.hello(self._line), self._profile.start(self._line, custom)):
            if message is not None:
                await self._send(message)
        self.connected.set()
        speaking = self._loop.create_task(self._speak(), name="caller's mouth")
        try:
            async for heard in socket:
                if heard.type is aiohttp.WSMsgType.TEXT:
                    self._loop.call_later(self._way(), self._hear, heard.data)
        finally:
            self._socket = self.began = None
            speaking.cancel()
            (result,) = await asyncio.gather(speaking, return_exceptions=True)
            if isinstance(result, Exception):
                self._note("broken", why=f"{type(result).__name__}: {result}")

    async def stop(self) -> None:
        """Tell the server that the stream is over, and close it."""
        if (message := self._profile.stop(self._line)) is not None:
            await self._send(message)
        if self._socket is not None:
            await self._socket.close()

    def _way(self) -> float:
        return self._network.delay_s + self._chance.random() * self._network.jitter_s

    def _hear(self, text: str) -> None:
        kind, value = self._profile.read(text)
        if kind == "media":
            self._ear.take(value)
        elif kind == "mark":
            self._ear.mark(lambda: self._answer(self._profile.mark(self._line, value)))
        elif kind == "clear":
            self._note("clear")
            self._ear.clear()

    def _answer(self, message: dict[str, Any]) -> None:
        self._loop.call_later(self._network.delay_s, lambda: self._loop.create_task(self._send(message), name="mark"))

    async def _speak(self) -> None:
        """Send the caller's sound by the clock, silence where there is none."""
        step_s = self._profile.chunk_ms / 1000
        size = round(RATE * step_s) * 2
        due, at_ms = self._loop.time(), 0
        while True:
            due += step_s
            await asyncio.sleep(max(0.0, due - self._loop.time()))
            chunk = bytes(self._mouth[:size]).ljust(size, b"\0")
            del self._mouth[:size]
            self.said += bytes(max(0, round((self._now() - step_s) * RATE) * 2 - len(self.said)))
            self.said += chunk
            message = self._profile.media(self._line, self._profile.encode(chunk), at_ms)
            at_ms += self._profile.chunk_ms
            if self._chance.random() >= self._network.loss:
                await self._send(message)

    async def _send(self, message: dict[str, Any]) -> None:
        if self._socket is not None and not self._socket.closed:
            try:
                await self._socket.send_str(json.dumps(message))
            except (ConnectionError, aiohttp.ClientError):
                return

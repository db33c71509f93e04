"""The reference: a call as direct synchronous calls with one paced task; no errors, observers, journal or context."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from bots.engine.audio.silero import SileroVADAnalyzer
from bots.engine.audio.vad import VADState


class PlainLine:
    """Counts what is written."""

    def __init__(self) -> None:
        self.blocks = 0


class PlainCall:
    """Hears, detects, answers and plays with as little as Python allows."""

    late: ClassVar[list[float]] = []

    def __init__(self, *, vad: bool, reply: float) -> None:
        self.line = PlainLine()
        self._vad = SileroVADAnalyzer(sample_rate=16000) if vad else None
        self._reply = round(reply / 0.02)
        self._queue: list[bytes] = []
        self._player: asyncio.Task[None] | None = None

    async def __aenter__(self) -> PlainCall:  # noqa: PYI034 (one kind of call only)
        return self

    async def __aexit__(self, *error: object) -> None:
        if self._player is not None:
            self._player.cancel()

    async def hear(self, pcm: bytes) -> None:
        """Take 20 ms of the microphone."""
        if self._vad is None:
            return
        for event in self._vad.analyze(pcm):
            if event.state is VADState.SPEAKING:
                self._queue.clear()
            elif event.state is VADState.QUIET:
                self._queue = [bytes(960)] * self._reply
                if self._player is None or self._player.done():
                    self._player = asyncio.create_task(self._play())

    async def _play(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while self._queue:
            self.late.append(max(0.0, loop.time() - due))
            self._queue.pop()
            self.line.blocks += 1
            due += 0.02
            await asyncio.sleep(due - loop.time())

"""The one task that writes to a socket: sound before everything else, and never more than a slow client may cost."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bots.engine.transports.messages import is_update, write_message
from bots.engine.transports.protobuf import encode_audio, encode_data

MAX_MESSAGES = 500
MAX_BYTES = 4 << 20
MAX_AUDIO_BLOCKS = 100
MERGED_BLOCKS = 2


class SocketWriter:
    """Queues blocks of sound and messages and writes them one after the other.

    Sound goes first, two waiting 20 ms blocks as one frame (contract: frames of 20 to 40 ms). When 500 messages or
    4 MiB wait, messages that a later one makes unnecessary are dropped, oldest first; when none is left to drop, or two
    seconds of sound wait, ``on_overflow`` is called once and nothing is taken any more.
    """

    def __init__(self, send: Callable[[bytes], Awaitable[None]], on_overflow: Callable[[], None]) -> None:
        self._send, self._on_overflow = send, on_overflow
        self.sample_rate = 0
        self._audio: deque[bytes] = deque()
        self._messages: deque[tuple[bytes, bool]] = deque()
        self._bytes = 0
        self._wake = asyncio.Event()
        self._writing = asyncio.Lock()
        self._closed = False
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._audio) + len(self._messages)

    def audio(self, block: bytes) -> None:
        """Queue 20 ms of s16le mono at ``sample_rate``."""
        if self._closed:
            return
        if len(self._audio) >= MAX_AUDIO_BLOCKS:
            self._overflow()
            return
        self._audio.append(block)
        self._wake.set()

    def message(self, message: Mapping[str, Any]) -> None:
        """Queue an RTVI message."""
        if self._closed:
            return
        data = encode_data(write_message(message))
        self._messages.append((data, is_update(message)))
        self._bytes += len(data)
        while len(self._messages) > MAX_MESSAGES or self._bytes > MAX_BYTES:
            if not self._drop_update():
                self._overflow()
                return
        self._wake.set()

    def _drop_update(self) -> bool:
        for index, (data, update) in enumerate(self._messages):
            if update:
                del self._messages[index]
                self._bytes -= len(data)
                self.dropped += 1
                return True
        return False

    def _overflow(self) -> None:
        self.close()
        self._on_overflow()

    def clear_audio(self) -> None:
        """Forget sound that was not written yet."""
        self._audio.clear()

    def close(self) -> None:
        """Take nothing more and forget what waits."""
        self._closed = True
        self._audio.clear()
        self._messages.clear()
        self._bytes = 0

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self.flush()

    async def flush(self) -> None:
        """Write all that waits; a connection that is lost meanwhile ends it quietly."""
        async with self._writing:
            try:
                while (data := self._next()) is not None:
                    await self._send(data)
            except ConnectionError:
                self.close()

    def _next(self) -> bytes | None:
        if self._audio:
            blocks = [self._audio.popleft() for _ in range(min(MERGED_BLOCKS, len(self._audio)))]
            return encode_audio(blocks[0] if len(blocks) == 1 else b"".join(blocks), self.sample_rate)
        if self._messages:
            data, _ = self._messages.popleft()
            self._bytes -= len(data)
            return data
        return None

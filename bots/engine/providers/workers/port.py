"""The worker's end of the pipe: blocking reads and writes, and a glance at whether something waits."""

from __future__ import annotations

import os
import select
from collections.abc import Mapping
from typing import Any

from bots.engine.providers.workers.wire import HEADER, Message, decode, encode, payload_length

READ_SIZE = 1 << 16


class Port:
    """Messages to and from the server over two file descriptors."""

    def __init__(self, source: int, sink: int) -> None:
        self._source = source
        self._sink = sink
        self._buffer = bytearray()

    def read(self) -> Message | None:
        """Return the next message, or None when the server has closed its end; ``WireError`` on garbage."""
        header = self._take(HEADER.size)
        if header is None:
            return None
        length, kind = payload_length(header)
        payload = self._take(length)
        return None if payload is None else decode(kind, payload)

    def waiting(self) -> bool:
        """Say whether the server has sent (or closed) something that was not read yet."""
        return bool(self._buffer) or bool(select.select([self._source], [], [], 0)[0])

    def send(self, message: Mapping[str, Any] | bytes) -> None:
        """Write one message; blocks while the server does not read."""
        rest = memoryview(encode(message))
        while rest:
            rest = rest[os.write(self._sink, rest) :]

    def _take(self, size: int) -> bytes | None:
        while len(self._buffer) < size:
            more = os.read(self._source, READ_SIZE)
            if not more:
                return None
            self._buffer += more
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken

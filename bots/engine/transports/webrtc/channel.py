"""The data channel of a call: messages that wait until the client's channel is open, across reconnections."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from aiortc import RTCDataChannel
from aiortc.exceptions import InvalidStateError

from bots.engine.transports.messages import is_update, write_message

MAX_WAITING = 200
HIGH_BYTES = 256 << 10
LOW_BYTES = 64 << 10
FLUSH_SECS = 0.4
OPEN_SECS = 0.8


class MessageChannel:
    """Sends JSON as text over the newest channel that the client opened (any label; contract, section 4).

    At most 200 messages wait for a channel or for a slow client; then those that a later one makes unnecessary are
    dropped, oldest first. When none is left, ``on_overflow`` is called if the client has a channel and does not read
    it; without a channel the oldest goes.
    """

    def __init__(self, on_data: Callable[[str | bytes], None], on_overflow: Callable[[], None]) -> None:
        self._on_data, self._on_overflow = on_data, on_overflow
        self._waiting: deque[tuple[str, bool]] = deque()
        self._channel: RTCDataChannel | None = None
        self._was_open = False
        self.dropped = 0

    def attach(self, channel: RTCDataChannel) -> None:
        """Use a channel from now on."""
        self._channel = channel
        channel.bufferedAmountLowThreshold = LOW_BYTES
        channel.on("message", self._on_data)
        channel.on("open", self._send_waiting)
        channel.on("bufferedamountlow", self._send_waiting)
        self._send_waiting()

    def detach(self) -> None:
        """Hold messages until the next channel."""
        self._channel = None

    def send(self, message: Mapping[str, Any]) -> None:
        """Send a JSON object, now or when it is possible."""
        self._waiting.append((write_message(message), is_update(message)))
        self._send_waiting()
        if len(self._waiting) > MAX_WAITING:
            self._drop()

    def _drop(self) -> None:
        self.dropped += 1
        for index, (_, update) in enumerate(self._waiting):
            if update:
                del self._waiting[index]
                return
        self._waiting.popleft()
        if self._open is not None:
            self._on_overflow()

    @property
    def _open(self) -> RTCDataChannel | None:
        return self._channel if self._channel is not None and self._channel.readyState == "open" else None

    def _send_waiting(self) -> None:
        channel = self._open
        self._was_open = self._was_open or channel is not None
        while channel is not None and self._waiting and channel.bufferedAmount < HIGH_BYTES:
            text, _ = self._waiting.popleft()
            try:
                channel.send(text)
            except InvalidStateError:
                self.detach()
                return

    async def flush(self) -> None:
        """Wait until the client has what was sent: at most :data:`FLUSH_SECS`.

        A client whose first channel is still opening gets :data:`OPEN_SECS` for that, or what it is told at once would
        never reach it.
        """
        loop = asyncio.get_running_loop()
        latest = loop.time() + (FLUSH_SECS if self._was_open else OPEN_SECS)
        while loop.time() < latest:
            channel = self._open
            if channel is None and (self._was_open or not self._waiting):
                return
            if channel is not None:
                link: Any = channel.transport
                if not (self._waiting or channel.bufferedAmount or link._outbound_queue or link._sent_queue):
                    return
            await asyncio.sleep(0.005)

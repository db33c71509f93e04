"""A transport whose connection may be exchanged while the call goes on (reload, lost network, another transport)."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any, Protocol

from bots.engine.frames import StartFrame

from .base import BaseTransport
from .output import BaseOutputTransport
from .params import TransportParams
from .streamed_input import StreamedInput

HELD_MESSAGES = 64


class Line(Protocol):
    """One connection to the caller. Its owner delivers what arrives to ``RelayTransport.input()``."""

    name: str
    clearable: bool

    def clear(self) -> float | None:
        """Take back what was written but not sent yet, and say how many seconds; only where ``clearable``."""

    def write_audio(self, pcm: bytes, sample_rate: int) -> None:
        """Send 20 ms, s16le mono; only enqueues."""

    def write_message(self, message: Mapping[str, Any]) -> None:
        """Send a JSON object; only enqueues."""

    async def close(self, reason: str) -> None:
        """Send what waits, say goodbye in the connection's own way and close it, within a second."""


class RelayOutput(BaseOutputTransport):
    """Plays to whichever line is attached."""

    def __init__(self, params: TransportParams) -> None:
        super().__init__(params, name="CallOutput")
        self.line: Line | None = None
        self._held: deque[Mapping[str, Any]] = deque(maxlen=HELD_MESSAGES)

    def clear(self) -> float | None:
        return self.line.clear() if self.line is not None else None

    def write_audio(self, pcm: bytes) -> None:
        if self.line is not None:
            self.line.write_audio(pcm, self.sample_rate)

    async def write_message(self, message: Mapping[str, Any]) -> None:
        if self.line is not None:
            self.line.write_message(message)
        else:
            self._held.append(message)

    async def start(self, frame: StartFrame) -> None:
        await super().start(frame)
        self.send_held()

    def send_held(self) -> None:
        """Send the messages that had no line."""
        while self._held and self.line is not None:
            self.line.write_message(self._held.popleft())


class RelayTransport(BaseTransport):
    """The call's two ends; lines come and go.

    Events: ``on_client_connected(line)`` when a line is attached, ``on_client_disconnected(line, reason)`` when the
    attached one is gone (not when another one takes its place).
    """

    def __init__(self, params: TransportParams | None = None) -> None:
        super().__init__(params or TransportParams())
        self._input = StreamedInput(self.params, name="CallInput")
        self._output = RelayOutput(self.params)

    def input(self) -> StreamedInput:
        return self._input

    def output(self) -> RelayOutput:
        return self._output

    @property
    def line(self) -> Line | None:
        """The connection that is in use."""
        return self._output.line

    async def attach(self, line: Line) -> None:
        """Use this line from now on; an earlier one is closed as replaced.

        A line that is lost or replaced itself while that happens was never connected.
        """
        before, self._output.line = self._output.line, line
        self._output.clearable = line.clearable
        if before is not None and before is not line:
            await before.close("replaced")
        if self._output.line is line:
            self._output.send_held()
            await self.emit("on_client_connected", line)

    async def detach(self, line: Line, reason: str) -> None:
        """Tell that a line is gone; one that was replaced already changes nothing."""
        if self._output.line is line:
            self._output.line = None
            await self._input.audio_paused()
            await self.emit("on_client_disconnected", line, reason)

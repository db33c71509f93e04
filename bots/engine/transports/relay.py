"""A transport whose connection may be exchanged while the call goes on (reload, lost network, another transport)."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

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


@runtime_checkable
class TellingLine(Protocol):
    """A line that knows what its far end has played; all times are media seconds (DESIGN 1.3)."""

    def sound_at(self, due: float) -> None:
        """Take the time from which the next block is heard."""

    def sound_ends(self) -> None:
        """Take the news that nothing more waits to be played."""

    def heard_until(self, now: float) -> float:
        """Return the time up to which the far end has certainly played."""

    def clear(self) -> float:
        """Let the far end drop what it has not played; return the seconds of it."""


class RelayOutput(BaseOutputTransport):
    """Plays to whichever line is attached. A line that tells what was heard is asked, also when it is gone."""

    def __init__(self, params: TransportParams) -> None:
        super().__init__(params, name="CallOutput")
        self.line: Line | None = None
        self._telling: TellingLine | None = None
        self._held: deque[Mapping[str, Any]] = deque(maxlen=HELD_MESSAGES)

    def use(self, line: Line) -> None:
        """Play to this line from now on."""
        self.line = line
        self.clearable = line.clearable
        self._telling = line if isinstance(line, TellingLine) else None

    def clear(self) -> float | None:
        if self._telling is not None:
            return self._telling.clear()
        return self.line.clear() if self.line is not None else None

    def write_audio(self, pcm: bytes) -> None:
        if self.line is None:
            return
        if self._telling is not None:
            self._telling.sound_at(self.writing_due)
        self.line.write_audio(pcm, self.sample_rate)

    def heard_until(self, now: float) -> float:
        if self._telling is None:
            return now
        heard = self._telling.heard_until(now)
        if heard < now and not self._queue.empty:
            # A far end that is behind is progress: the account's own patience ends it.
            self.setup_data.progress()
        return heard

    def silence_far_end(self, now: float) -> float:
        if self._telling is None:
            return super().silence_far_end(now)
        heard, unplayed = self._telling.heard_until(now), self._telling.clear()
        return heard if self.line is None else self._queue.due - unplayed

    def sound_ends(self) -> None:
        if self._telling is not None and self.line is not None:
            self._telling.sound_ends()

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
        before = self._output.line
        self._output.use(line)
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

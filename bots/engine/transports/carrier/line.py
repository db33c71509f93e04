"""One media stream of a carrier as a line of a call (TEL-01, TEL-14, TEL-15, TEL-24; lessons T8)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bots.engine.core.journal import rounded
from bots.engine.errors import EngineError
from bots.engine.frames import KeypadEntry
from bots.engine.transports.media_stream import (
    MediaStreamSerializer,
    StreamCleared,
    StreamConnected,
    StreamKey,
    StreamMark,
    StreamMedia,
    StreamRejected,
    StreamStarted,
    StreamStopped,
)
from bots.engine.transports.playout import BLOCK_SECS
from bots.engine.transports.rejections import ClientTooSlow
from bots.engine.transports.relay import RelayTransport
from bots.engine.transports.socket_end import NORMAL, POLICY, TRY_AGAIN, SocketEnd

from .marks import PlayedMarks
from .reception import Reception
from .writer import StreamWriter

NOTED_MARKS = 10
"""Marks that came back and are written down together."""


class CarrierLine:
    """Plays to a carrier and hears from it; what the far end really played is known from its marks (ADR 0018).

    ``send(message)`` writes to the socket, ``close(code, reason)`` closes it. The socket's owner has read up to
    ``started``; it awaits :meth:`run` in a task of its own, :meth:`feed` for each message and :meth:`gone` when the
    socket is closed. ``on_over(reason)`` is awaited once, after the transport has let the line go: ``closed`` (or what
    :meth:`gone` was told), ``stopped``, ``input.given_up`` or ``client.too_slow``.
    """

    name = "phone"
    clearable = True

    def __init__(
        self,
        transport: RelayTransport,
        serializer: MediaStreamSerializer,
        started: StreamStarted,
        send: Callable[[str | bytes], Awaitable[None]],
        close: Callable[[int, str], Awaitable[None]],
        on_over: Callable[[str], Awaitable[None]],
    ) -> None:
        self.started = started
        self.marks = PlayedMarks(tells=serializer.marks)
        self.writer = StreamWriter(send, self._too_slow)
        self._transport, self._serializer, self._on_over = transport, serializer, on_over
        self._end = SocketEnd(self.writer, close, self._over)
        self._reception = Reception(transport.input(), self._give_up)
        self._due = 0.0
        self._doubted = False

    async def run(self) -> None:
        """Write until cancelled."""
        await self.writer.run()

    # -- from the call -----------------------------------------------------------------------------------------------

    def sound_at(self, due: float) -> None:
        """Take the media time from which the next block is heard."""
        self._due = due

    def write_audio(self, pcm: bytes, sample_rate: int) -> None:
        """Queue 20 ms of sound, with a mark where one is due."""
        now = self._now()
        probe = self.marks.sound(self._due, BLOCK_SECS, now)
        if probe is not None:
            self._mark(probe)
        message = self._serializer.media(pcm, sample_rate)
        if message is not None:
            self.writer.put(message)
            self._mark(self.marks.sent(now))

    def sound_ends(self) -> None:
        """Nothing more waits to be played: send what was kept back, and ask to be told when all was heard."""
        self.writer.put(self._serializer.rest())
        self._mark(self.marks.pause(self._now()))

    def write_message(self, message: Mapping[str, Any]) -> None:
        """Do nothing: a telephone has no messages."""

    def write_key(self, button: KeypadEntry) -> None:
        """Do nothing: a carrier's stream takes keys as their tones only, which the output plays (DTMF-06)."""

    def heard_until(self, now: float) -> float:
        """Return the media time up to which the far end has certainly played."""
        heard = self.marks.heard_until(now)
        if self.marks.estimated and not self._doubted:
            self._doubted = True
            self._transport.input().journal.record("playout.unacknowledged", {"at": rounded(now)})
        return heard

    def clear(self) -> float:
        """Let the carrier drop what it has not played (TEL-15), once; return the seconds that will not be heard."""
        if self.marks.all_played:
            return 0.0
        unplayed, probe = self.marks.clear(self._now())
        self.writer.clear()
        self.writer.put(self._serializer.clear())
        self._mark(probe)
        self._note_marks()
        return unplayed

    async def close(self, reason: str) -> None:
        """Write what waits, then close the socket, within a second."""
        if self._transport.input().live:
            self._note_marks()
        await self._end.end(NORMAL, reason)

    def _mark(self, name: str | None) -> None:
        if name is not None:
            self.writer.put(self._serializer.mark(name))

    # -- from the carrier --------------------------------------------------------------------------------------------

    async def feed(self, data: str | bytes) -> None:
        """Take one message of the socket; never raises for what it holds."""
        event = self._serializer.read(data)
        if isinstance(event, StreamMedia):
            await self._reception.media(event)
        elif event is None or self._end.over:
            return
        elif isinstance(event, StreamMark):
            self._acknowledged(event.name)
        elif isinstance(event, StreamKey):
            await self._reception.key(event)
        elif isinstance(event, StreamCleared):
            if self._transport.input().live and self._reception.admits():
                self.marks.cleared(self._now())
        elif isinstance(event, StreamStopped):
            await self.gone("stopped")
        elif isinstance(event, StreamRejected):
            self._reception.reject(event.code, event.message)
        elif isinstance(event, StreamStarted | StreamConnected):
            self._reception.reject("stream.order", "A stream that had begun was begun again.")

    def _acknowledged(self, name: str) -> None:
        if not self._transport.input().live or not self._reception.admits():
            return
        self.marks.acknowledged(name, self._now())
        if self.marks.all_played:
            self._note_marks()
        else:
            self._note_marks(NOTED_MARKS)

    def _note_marks(self, at_least: int = 1) -> None:
        """Write down what was sent and what came back: positions and times, media seconds (lessons T8)."""
        if self.marks.acknowledged_count >= at_least:
            marks = [list(mark) for mark in self.marks.take_acknowledged()]
            self._transport.input().journal.record("playout.acknowledged", {"marks": marks})

    async def gone(self, reason: str = "closed") -> None:
        """Tell that the stream is over: nothing is heard any more."""
        await self._end.gone(reason)

    def _give_up(self, error: EngineError) -> None:
        self._end.refuse(POLICY, error)

    def _too_slow(self) -> None:
        error = ClientTooSlow("The carrier did not take what was sent to it.")
        self._transport.input().note_rejected(error)
        self._end.refuse(TRY_AGAIN, error)

    async def _over(self, reason: str) -> None:
        if self._transport.input().live:
            self.marks.stop(self._now())
            self._note_marks()
        await self._reception.stop()
        await self._transport.detach(self, reason)
        await self._on_over(reason)

    def _now(self) -> float:
        return self._transport.input().clock.now()

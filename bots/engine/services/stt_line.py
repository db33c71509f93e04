"""One connection of a streaming recogniser: opens, sends what the ring holds, reads, keeps alive, hangs up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from bots.engine.audio.resampler import Resampler
from bots.engine.clock import BaseClock

from .failures import Failure, VendorFailed
from .sockets import Connect, Line
from .stt_codec import Ended, Failed, Flushed, Heard, Ready, STTCodec, STTEvent, events_of
from .stt_ring import AudioRing, StreamClock

GOODBYE_S = 0.3
UNREADABLE = 3
"""So many unreadable messages in a row end a connection."""


class RecogniserLine:
    """Lives as long as its socket; :meth:`run` raises :class:`VendorFailed` when that ends.

    ``flush_at`` is the number of the ring's block before which the vendor is to give its final text, None while nothing
    is to be flushed. Times are media seconds.
    """

    def __init__(
        self, codec: STTCodec, connect: Connect, deadline: float, ring: AudioRing, rate: int, clock: BaseClock
    ) -> None:
        self.codec = codec
        self.heard_at = StreamClock()
        self.flush_at: int | None = None
        self.opened_at: float | None = None
        self.last_heard: float | None = None
        self._connect, self._deadline, self._ring, self._clock = connect, deadline, ring, clock
        self._rate = rate if not codec.rates or rate in codec.rates else codec.rates[-1]
        self._resampler = Resampler(rate, self._rate)
        self._line: Line | None = None
        self._dropped: Failure | None = None
        self._leaving = False
        self._flushed_at: int | None = None
        self._flushes_open = self._garbage = 0
        self._audio, self._attention = asyncio.Event(), asyncio.Event()

    @property
    def up_s(self) -> float:
        """How long it stood; 0 when it never did."""
        return self._clock.now() - self.opened_at if self.opened_at is not None else 0.0

    async def open(self) -> None:
        """Connect and wait until the server takes audio; raises ``VendorFailed(UNREACHABLE)`` after the deadline."""
        try:
            async with asyncio.timeout(self._deadline):
                self._line = await self._connect(self.codec.url_and_headers())
                for message in self.codec.on_open():
                    await self._line.send(message)
                while self.codec.waits_for_ready:
                    events = events_of(self.codec, await self._line.receive())
                    _refuse_failures(events)
                    if any(isinstance(event, Ready) for event in events):
                        break
        except TimeoutError as error:
            raise VendorFailed(Failure.UNREACHABLE) from error
        self.opened_at = self._clock.now()

    async def run(
        self, take: Callable[[STTEvent, RecogniserLine], Awaitable[None]], silence_left: Callable[[], float | None]
    ) -> None:
        """Send and read until the line is gone. ``silence_left``: seconds it may still be silent, None for ever."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._send(), name="recogniser audio")
                group.create_task(self._watch(silence_left), name="recogniser watch")
                await self._read(take)
        except* VendorFailed as failed:
            first = failed.exceptions[0]
            raise (first if isinstance(first, VendorFailed) else VendorFailed(Failure.LOST)) from None

    def look(self) -> None:
        """There is audio to send, or a flush."""
        self._audio.set()

    def attend(self) -> None:
        """Somebody began to speak: from now on it must answer."""
        self._attention.set()

    def drop(self, failure: Failure) -> None:
        """Give the line up."""
        self._dropped = failure
        self._attention.set()

    def is_flushed(self, event: STTEvent) -> bool:
        """Whether an event answers the newest ``finalize``, and that was for all that is to be flushed."""
        if isinstance(event, Flushed) or (isinstance(event, Heard) and event.flushed):
            self._flushes_open = max(0, self._flushes_open - 1)
            return self._flushes_open == 0 and self.flush_at is not None and self._flushed_at == self.flush_at
        return False

    async def say_goodbye(self) -> None:
        """Send the vendor's end message; the server may still answer what it owes."""
        if self._line is not None and not self._leaving:
            self._leaving = True
            with suppress(VendorFailed, TimeoutError):
                async with asyncio.timeout(GOODBYE_S):
                    for message in self.codec.end():
                        await self._line.send(message)

    async def close(self) -> None:
        """Hang up."""
        if self._line is not None:
            line, self._line = self._line, None
            await line.close()

    # -- both ways ----------------------------------------------------------------------------------------------------

    async def _send(self) -> None:
        while (line := self._line) is not None:
            self._audio.clear()
            await self._send_waiting(line)
            if self._audio.is_set():
                continue
            try:
                async with asyncio.timeout(self.codec.keepalive_secs):
                    await self._audio.wait()
            except TimeoutError:
                for message in self.codec.keepalive():
                    await line.send(message)

    async def _send_waiting(self, line: Line) -> None:
        while not self._leaving:
            if self.flush_at not in (None, self._flushed_at) and self._ring.place >= (self.flush_at or 0):
                self._flushed_at = self.flush_at
                self._flushes_open += 1
                for message in self.codec.finalize():
                    await line.send(message)
            sound = self._ring.read()
            if sound is None:
                break
            self.heard_at.note(sound)
            pcm = self._resampler.process(sound.pcm) if sound.rate != self._rate else sound.pcm
            if pcm:
                await line.send(self.codec.encode_audio(pcm))

    async def _read(self, take: Callable[[STTEvent, RecogniserLine], Awaitable[None]]) -> None:
        while self._line is not None:
            message = await self._line.receive()
            try:
                events = events_of(self.codec, message)
            except VendorFailed:
                self._garbage += 1
                if self._garbage >= UNREADABLE:
                    raise
                continue
            self._garbage = 0
            self.last_heard = self._clock.now()
            _refuse_failures(events)
            for event in events:
                await take(event, self)

    async def _watch(self, silence_left: Callable[[], float | None]) -> None:
        """End a line that is deaf (P11), or that was given up."""
        while True:
            self._attention.clear()
            if self._dropped is not None:
                raise VendorFailed(self._dropped)
            left = silence_left()
            if left is not None and left <= 0:
                raise VendorFailed(Failure.SILENT)
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._attention.wait()


def _refuse_failures(events: Sequence[STTEvent]) -> None:
    for event in events:
        if isinstance(event, Failed):
            raise VendorFailed(event.failure)
        if isinstance(event, Ended):
            raise VendorFailed(Failure.LOST)

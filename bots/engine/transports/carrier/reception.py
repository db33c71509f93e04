"""What a carrier's stream brings, on its way into the call: sound in order and placed in time, keys, refusals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bots.engine.errors import EngineError
from bots.engine.frames import InputDTMFFrame
from bots.engine.transports.intake import Intake
from bots.engine.transports.limits import Allowance
from bots.engine.transports.media_stream import StreamKey, StreamMedia
from bots.engine.transports.rejections import InputTooFast
from bots.engine.transports.rtp_timeline import RtpTimeline
from bots.engine.transports.streamed_input import StreamedInput

from .order import ChunkOrder
from .refusals import StreamFlooded, StreamOutOfOrder, refusal

KEYS_PER_SEC, KEY_BURST = 10.0, 20.0


class Reception:
    """Judges and delivers what arrives to ``target``; ``give_up`` is called once when too much of it is bad.

    Keys become frames at the input (TEL-14); more than ten a second are refused (reliability C13).
    """

    def __init__(self, target: StreamedInput, give_up: Callable[[EngineError], None]) -> None:
        self._target = target
        self._intake = Intake(target, _tell_nobody, give_up)
        self._order = ChunkOrder()
        self._timeline = RtpTimeline()
        self._keys = Allowance(KEYS_PER_SEC, KEY_BURST)
        self._stopped = False

    async def media(self, chunk: StreamMedia) -> None:
        """Take a chunk of the caller's sound; what the caller hears himself is none of our input."""
        if self._stopped:
            self._intake.reject(StreamOutOfOrder("Sound came after the stream's stop."))
        elif chunk.inbound and chunk.pcm and self._target.live:
            for ready in self._order.take(chunk, self._target.clock.now()):
                await self._hand_on(ready)

    async def _hand_on(self, chunk: StreamMedia) -> None:
        at = None
        if chunk.at_ms is not None:
            seconds = len(chunk.pcm) / 2 / chunk.sample_rate
            at = self._timeline.place(chunk.at_ms / 1000, seconds, self._target.clock.now())
        await self._intake.audio(chunk.pcm, chunk.sample_rate, 1, at)

    async def key(self, key: StreamKey) -> None:
        """Take a key that the caller pressed."""
        if not self._target.live:
            return
        if self._keys.take(1.0, self._target.clock.now()):
            await self._target.push_frame(InputDTMFFrame(key.button))
        else:
            self._intake.reject(StreamFlooded("Keys arrive faster than anybody presses them."))

    def admits(self) -> bool:
        """Count a message that is neither sound nor key; more than a hundred a second are refused."""
        try:
            self._intake.admit_message()
        except InputTooFast as error:
            self._intake.reject(error)
            return False
        return True

    def reject(self, code: str, message: str) -> None:
        """Count and note a message that cannot be used."""
        self._intake.reject(refusal(code, message))

    async def stop(self) -> None:
        """Nothing more will come: let go what waited for something before it, and note what was amiss."""
        if self._stopped:
            return
        self._stopped = True
        if not self._target.live:
            return
        for ready in self._order.rest():
            await self._hand_on(ready)
        counts = self._order.counts
        if counts.reordered or counts.dropped or counts.lost_ms:
            self._target.journal.record(
                "input.disturbed",
                {"reordered": counts.reordered, "dropped": counts.dropped, "lost_ms": round(counts.lost_ms)},
            )


def _tell_nobody(message: Mapping[str, Any]) -> None:
    """A telephone cannot show messages."""

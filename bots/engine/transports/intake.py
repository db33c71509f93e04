"""What a client sends, judged before it enters the call: sizes, speed, sense; refusals with a code."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from bots.engine.errors import EngineError

from .limits import Allowance, Tolerance
from .messages import error_message, read_message
from .rejections import InputTooFast, TooMuchBadInput
from .streamed_input import StreamedInput

MESSAGES_PER_SEC, MESSAGE_BURST = 100.0, 500.0
AUDIO_SPEED, AUDIO_BURST_SECS = 3.0, 5.0
COMPLAIN_EVERY = 1.0


class Intake:
    """Hands good input to the input transport and answers bad input, until there is too much of it.

    ``reply`` sends an RTVI message; ``give_up`` is called once, with the reason, when more than 50 messages in 10 s
    were bad. Audio may come at three times real time, and up to five seconds of it at once (what was recorded before
    the connection was ready).
    """

    def __init__(
        self,
        target: StreamedInput,
        reply: Callable[[Mapping[str, Any]], None],
        give_up: Callable[[EngineError], None],
    ) -> None:
        self._target, self._reply, self._give_up = target, reply, give_up
        self._now = asyncio.get_running_loop().time
        self._messages = Allowance(MESSAGES_PER_SEC, MESSAGE_BURST)
        self._audio = Allowance(AUDIO_SPEED, AUDIO_BURST_SECS)
        self._tolerance = Tolerance()
        self._complained_at: float | None = None
        self._given_up = False
        self.rejected = 0

    @property
    def open(self) -> bool:
        """Whether input is still taken."""
        return not self._given_up

    async def message(self, raw: str | bytes) -> None:
        """Take JSON text (or its UTF-8 bytes)."""
        if (found := self.read(raw)) is not None:
            await self._target.receive_message(found)

    def read(self, raw: str | bytes) -> dict[str, Any] | None:
        """Return the JSON object in ``raw``, or None after it was rejected."""
        try:
            self.admit_message()
            return read_message(raw)
        except EngineError as error:
            self.reject(error)
            return None

    def admit_message(self) -> None:
        """Count a message that is not audio; raises InputTooFast."""
        if not self._messages.take(1.0, self._now()):
            raise InputTooFast("Messages arrive faster than they are taken.")

    async def audio(self, pcm: bytes, sample_rate: int, num_channels: int, at: float | None = None) -> None:
        """Take audio that makes sense by itself; too much of it is dropped, with one complaint a second."""
        now = self._now()
        if self._audio.take(len(pcm) / (2 * num_channels * sample_rate), now):
            await self._target.receive_audio(pcm, sample_rate, num_channels, at)
        elif self._complained_at is None or now - self._complained_at >= COMPLAIN_EVERY:
            self._complained_at = now
            self.reject(InputTooFast("Audio arrives faster than three times real time; some was dropped."))

    def reject(self, error: EngineError) -> None:
        """Answer input that cannot be used and note it in the journal."""
        if self._given_up:
            return
        self.rejected += 1
        self._target.note_rejected(error)
        if self._tolerance.exceeded(self._now()):
            self._given_up = True
            error = TooMuchBadInput("Too many messages could not be used.")
            self._target.note_rejected(error)
            self._reply(error_message(error, fatal=True))
            self._give_up(error)
        else:
            self._reply(error_message(error))

"""Pressed keys become text that the model understands (DTMF-01…05)."""

from __future__ import annotations

import asyncio
import logging

from bots.engine.core.processor import FrameProcessor, handles
from bots.engine.frames import (
    EndFrame,
    FrameDirection,
    InputDTMFFrame,
    InterruptionFrame,
    KeypadEntry,
    TranscriptionFrame,
)

from .errors import BlockSettingWrong, positive

log = logging.getLogger(__name__)
DOWN = FrameDirection.DOWNSTREAM
MAX_KEYS = 64


class DTMFAggregator(FrameProcessor):
    """Gathers keys and pushes them as one transcription: prefix and keys, the termination key included (DTMF-01, 02).

    It does so at ``termination_digit``, after ``timeout`` seconds without a key, at an interruption, at the end of the
    pipeline and when 64 keys have come. The frames themselves go on. Keys that a keypad does not have are logged and
    ignored (DTMF-03). Voice and keys are heard independently: tell the model in its instructions what the prefix means
    (DTMF-04). Stand it before the user aggregator; 1 to 2 s suit fast entry, 3 to 5 s menus, ``#`` confirms and ``*``
    goes back by convention (DTMF-05). With ``interrupts`` the first key cuts the bot off. Raises ``block.setting``.
    """

    def __init__(
        self,
        timeout: float = 2.0,
        termination_digit: KeypadEntry | str = KeypadEntry.POUND,
        prefix: str = "DTMF: ",
        *,
        interrupts: bool = False,
        user_id: str = "caller",
        name: str | None = None,
    ) -> None:
        super().__init__(name=name)
        self._timeout = positive("timeout", timeout)
        if termination_digit not in set(KeypadEntry):
            raise BlockSettingWrong("termination_digit must be a key of a telephone keypad.")
        if not isinstance(prefix, str):
            raise BlockSettingWrong("prefix must be text.")
        self._last, self._prefix = KeypadEntry(termination_digit), prefix
        self._interrupts, self._user_id = interrupts, user_id
        self._keys = ""
        self._began_at: float | None = None
        self._timer: asyncio.TimerHandle | None = None

    @handles(InputDTMFFrame, direction=DOWN)
    async def on_key(self, frame: InputDTMFFrame) -> None:
        if frame.button not in set(KeypadEntry):
            log.warning("an unknown key was ignored", extra={"processor": self.name})
            return
        if not self._keys:
            self._began_at = self.clock.now()
            if self._interrupts:
                await self.interrupt("keypad")
        self._keys += KeypadEntry(frame.button).value
        if frame.button == self._last or len(self._keys) >= MAX_KEYS:
            await self._flush()
        else:
            self._disarm()
            self._timer = self.clock.call_later(self._timeout, self._time_out)

    @handles(InterruptionFrame, EndFrame, direction=DOWN)
    async def on_break(self, frame: InterruptionFrame | EndFrame) -> None:
        await self._flush()

    async def cleanup(self) -> None:
        self._disarm()

    def _time_out(self) -> None:
        self._timer = None
        self.create_task(self._flush(), f"{self.name} timeout")

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def _flush(self) -> None:
        self._disarm()
        keys, self._keys = self._keys, ""
        if keys:
            await self.push_frame(
                TranscriptionFrame(
                    f"{self._prefix}{keys}",
                    self._user_id,
                    self.clock.timestamp(),
                    at=self._began_at,
                    end=self.clock.now(),
                    confidence=1.0,
                )
            )

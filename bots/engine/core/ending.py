"""Why and how far a call has ended: decided once, with a deadline for what is still to be said (TASK-19, TASK-20)."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from bots.engine.clock import BaseClock

from .outcome import EndReason
from .params import Deadlines


@dataclass(frozen=True, slots=True)
class EndCause:
    """What ended the call; ``graceful`` lets what is pending be said first."""

    reason: EndReason
    detail: str = ""
    graceful: bool = False


class EndDecision:
    """Holds the cause of a call's end: the first one counts, but an end at once overrules a graceful one."""

    def __init__(self, clock: BaseClock, deadlines: Deadlines) -> None:
        self._clock, self._deadlines = clock, deadlines
        self._cause: EndCause | None = None
        self._settled = asyncio.Event()
        self._closed = False
        self._progress_at = 0.0
        self.arrived = False
        self.decided: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def decide(self, reason: EndReason, detail: str = "", *, graceful: bool = False) -> None:
        """End the call for this reason, unless its end is already under way."""
        if self._closed:
            return
        if self._cause is None:
            self._cause = EndCause(reason, detail, graceful)
            if not self.decided.done():
                self.decided.set_result(None)
        elif self._cause.graceful and not graceful:
            self._cause = EndCause(reason, detail)
        if not graceful:
            self._settled.set()

    def arrive(self) -> None:
        """Note that the end frame reached the sink: everything before it is done."""
        self.decide(EndReason.BOT_ENDED, graceful=True)
        self.arrived = True
        self._settled.set()

    def note_progress(self) -> None:
        """Note that playout or generation goes on; a graceful end waits as long as it does."""
        self._progress_at = self._clock.now()

    async def drain(self) -> None:
        """Wait until the end frame arrived, as long as playout or generation go on."""
        self.note_progress()
        latest = self._clock.now() + self._deadlines.drain_total
        while not self._settled.is_set():
            left = min(self._progress_at + self._deadlines.drain, latest) - self._clock.now()
            if left <= 0:
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._settled.wait()

    @property
    def graceful(self) -> bool:
        """Whether the decided end is a graceful one."""
        return self._cause is not None and self._cause.graceful

    def close(self) -> EndCause:
        """Return the cause; from now on it stays as it is."""
        self._closed = True
        return self._cause or EndCause(EndReason.CANCELLED)

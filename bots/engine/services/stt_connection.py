"""The connection of a streaming recogniser: made, kept, made anew, ended in order (SPCH-17, P3, P10, P15, P17)."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import Callable
from typing import Any

from bots.engine.core.processor import handles
from bots.engine.frames import EndFrame, StartFrame

from .failures import Failure, VendorFailed
from .settings import SettingRefused
from .sockets import Connect
from .stt import STTDeadlines, STTService
from .stt_codec import STTCodec, STTEvent
from .stt_errors import stt_error
from .stt_line import RecogniserLine
from .stt_reconnect import Backoff
from .stt_ring import AudioRing

LEAST_RING_S = 5.0
AFTER_A_FAULT_S = 1.0

MakeCodec = Callable[[Any, int], STTCodec]


class ConnectedSTTService(STTService):
    """Keeps one line to the recogniser for the whole call; what it says goes to :meth:`take`.

    A line that ends is made anew, at once and then with growing, random pauses; that it does not work is told once. A
    wrong key or certificate ends the trying until a setting changes. ``connections`` counts the lines that stood.
    """

    def __init__(
        self, codec: MakeCodec, connect: Connect, deadlines: STTDeadlines, ring_secs: float, **base: Any
    ) -> None:
        super().__init__(**base)
        if not ring_secs >= LEAST_RING_S:
            raise SettingRefused(f"ring_secs must be at least {LEAST_RING_S:g} seconds.")
        self.deadlines = deadlines
        self._make_codec, self._connect = codec, connect
        self._ring = AudioRing(ring_secs)
        self._line: RecogniserLine | None = None
        self._keeper: asyncio.Task[Any] | None = None
        self._ending = self._renew = False
        self.connections = 0

    @property
    @abstractmethod
    def quiet(self) -> bool:
        """Whether no text is awaited, so that a line can be exchanged unnoticed."""

    @abstractmethod
    def begin(self, line: RecogniserLine) -> None:
        """Put the ring's reading place where a new line has to begin to hear."""

    @abstractmethod
    async def take(self, event: STTEvent, line: RecogniserLine) -> None:
        """Take an event of the line."""

    @abstractmethod
    def silence_left(self) -> float | None:
        """Return how long the line may still be silent; None while nobody speaks (P11)."""

    async def start(self, frame: StartFrame) -> None:
        await super().start(frame)
        self._keep_connected()

    def _keep_connected(self, pause: float = 0.0) -> None:
        if self._keeper is None or self._keeper.done():
            self._keeper = self.create_task(self._stay_connected(pause), f"{self.name} connection")

    def settings_changed(self) -> None:
        """Make the next connection with the new settings; the present one goes when nobody speaks."""
        super().settings_changed()
        if self._line is None and self._setup is not None:
            self._keep_connected()
        self._renew = True
        self.renew_when_quiet()

    def renew_when_quiet(self) -> None:
        if self._renew and self.quiet and self._line is not None:
            self._line.drop(Failure.LOST)

    @handles(EndFrame)
    async def on_end(self, frame: EndFrame) -> None:
        """Say the vendor's goodbye and connect no more."""
        self._ending = True
        if self._line is not None:
            await self._line.say_goodbye()

    async def _stay_connected(self, pause: float) -> None:
        await self.clock.sleep(pause)
        backoff = Backoff(self.clock)
        while not self._ending:
            codec = self._make_codec(self.options, self.rate)
            line = RecogniserLine(codec, self._connect, self.deadlines.connect, self._ring, self.rate, self.clock)
            failure = Failure.LOST
            try:
                self._renew = False
                await line.open()
                self.connections += 1
                self._line = line
                self.begin(line)
                self.renew_when_quiet()
                await line.run(self.take, self.silence_left)
            except VendorFailed as error:
                failure = error.failure
            except Exception:
                # The scope tells of it; a successor connects anew.
                self._keeper = None
                self._keep_connected(AFTER_A_FAULT_S)
                raise
            finally:
                self._line = None
                await line.close()
            if self._ending or not await self._may_go_on(failure, backoff, line):
                return

    async def _may_go_on(self, failure: Failure, backoff: Backoff, line: RecogniserLine) -> bool:
        """Tell of a failure that lasts, and wait before the next attempt; False when there is no sense in one."""
        if backoff.note(failure, line.up_s, line.last_heard is not None):
            error = stt_error(failure)
            await self.push_error(error.message, error)
        if not backoff.hopeless:
            await self.clock.sleep(backoff.pause())
        return not backoff.hopeless

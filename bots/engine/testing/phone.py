"""A scripted call over a carrier's media stream: the line of the product, an emulated far end behind it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bots.engine.core.outcome import EndReason
from bots.engine.core.task import PipelineTask
from bots.engine.frames import StartFrame
from bots.engine.transports.carrier import CarrierLine
from bots.engine.transports.media_stream import MediaStreamSerializer, StreamStarted
from bots.engine.transports.params import TransportParams
from bots.engine.transports.relay import RelayOutput, RelayTransport
from bots.engine.transports.streamed_input import StreamedInput

from .caller import Ear, ScriptedVAD
from .far_end import Distance, FarEnd, FarEndCodec


class PhoneInput(StreamedInput):
    """The caller's mouth: what is spoken travels over the stream."""

    speak_far: Callable[..., Awaitable[None]]

    async def speak(self, seconds: float, *, voiced: bool = True) -> None:
        """Send audio in blocks of 20 ms, in time; all voice or all silence."""
        await self.speak_far(seconds, voiced=voiced)


class PhoneOutput(RelayOutput):
    """The caller's ear; ``messages`` are those that no telephone can show."""

    ear: Ear

    def __init__(self, params: TransportParams) -> None:
        super().__init__(params)
        self.messages: list[Mapping[str, Any]] = []
        self.on_start_up: Callable[[], Awaitable[None]] | None = None

    async def start(self, frame: StartFrame) -> None:
        await super().start(frame)
        if self.on_start_up is not None:
            await self.on_start_up()

    async def write_message(self, message: Mapping[str, Any]) -> None:
        self.messages.append(message)


class PhoneTransport(RelayTransport):
    """Takes the place of :class:`bots.engine.testing.caller.CallerTransport` in a scripted call.

    The line is attached before the pipeline runs. ``line`` and ``far_end`` exist from then on; ``over`` are the reasons
    for which the line ended.
    """

    def __init__(
        self,
        serializer: MediaStreamSerializer,
        codec: FarEndCodec,
        distance: Distance | None = None,
        params: TransportParams | None = None,
    ) -> None:
        super().__init__(params or TransportParams(vad_analyzer=ScriptedVAD()))
        self._serializer, self._codec, self._distance = serializer, codec, distance
        self._input = PhoneInput(self.params, name="CallInput")
        self._output = PhoneOutput(self.params)
        self._output.on_start_up = self._connect
        self.over: list[str] = []
        self.closed: list[tuple[int, str]] = []
        self.task: PipelineTask | None = None
        self.far_end: FarEnd
        self.phone: CarrierLine

    def input(self) -> PhoneInput:
        return self._input  # type: ignore[return-value]

    def output(self) -> PhoneOutput:
        return self._output  # type: ignore[return-value]

    async def _connect(self) -> None:
        far_end = self.far_end = FarEnd(self._output.clock, self._codec, self._distance)
        self.output().ear = far_end.ear
        self.input().speak_far = far_end.speak
        started = StreamStarted("MZ1", "CA1", sample_rate=self._codec.sample_rate)
        self.phone = CarrierLine(self, self._serializer, started, far_end.receive, self._close, self._over)
        await self.attach(self.phone)
        self._output.create_task(self.phone.run(), "phone writer")
        self._output.create_task(self._listen(), "phone reader")

    async def _listen(self) -> None:
        while not self.over:
            await self.phone.feed(await self.far_end.inbox.get())

    async def _close(self, code: int, reason: str) -> None:
        self.closed.append((code, reason))

    async def _over(self, reason: str) -> None:
        self.over.append(reason)
        if self.task is not None:
            await self.task.cancel(EndReason.CALLER_HUNG_UP)

    async def hang_up(self) -> None:
        """Let the caller put the receiver down; the server hears of it later."""
        self.far_end.ear.hang_up(self._output.clock.now())
        await self._output.clock.sleep(self.far_end.distance.back)
        await self.phone.gone()

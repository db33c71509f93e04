"""Services side by side, of which one gets the frames (PAR-05)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from bots.engine.blocks.errors import CHECK, BlockSettingWrong, positive
from bots.engine.core.parallel import ParallelPipeline
from bots.engine.core.processor import FrameProcessor
from bots.engine.errors import EngineError, StartTimeout
from bots.engine.frames import (
    CancelFrame,
    EndFrame,
    ErrorFrame,
    Frame,
    FrameDirection,
    InterruptionFrame,
    LLMContextFrame,
    LLMFullResponseStartFrame,
    LLMUpdateSettingsFrame,
    ManuallySwitchServiceFrame,
    MetricsFrame,
    StartFrame,
    STTMuteFrame,
    STTUpdateSettingsFrame,
    TTSSpeakFrame,
    TTSUpdateSettingsFrame,
    UserStartedSpeakingFrame,
)

from .strategies import ServiceSwitcherStrategy, ServiceSwitcherStrategyManual

DOWN, UP = FrameDirection.DOWNSTREAM, FrameDirection.UPSTREAM
SETTINGS = (STTMuteFrame, STTUpdateSettingsFrame, TTSUpdateSettingsFrame, LLMUpdateSettingsFrame)
EVERYONE = (StartFrame, EndFrame, CancelFrame, InterruptionFrame, *SETTINGS)
BOUNDARIES = (UserStartedSpeakingFrame, LLMContextFrame, LLMFullResponseStartFrame, TTSSpeakFrame)
ALWAYS_OUT = (StartFrame, EndFrame, CancelFrame, ErrorFrame, MetricsFrame)


class ServiceSwitcher(ParallelPipeline):
    """Stands where one service would and lets one of ``services`` work, the first one at the beginning (PAR-05).

    Lifecycle, interruptions and settings reach all of them, so that any can take over as it should be; other frames
    reach the one that works. A service that cannot start within ``start_secs`` is out until ``strategy`` tries it
    again; the call begins if any can. What a failed service still sends is dropped, what waited for it goes to its
    successor. Journal: ``service.switched`` with from, to and reason. Raises ``block.setting``.
    """

    def __init__(
        self,
        services: Sequence[FrameProcessor],
        strategy: ServiceSwitcherStrategy | None = None,
        *,
        start_secs: float = 2.0,
        name: str | None = None,
    ) -> None:
        CHECK.lists(FrameProcessor, "processors", services=services)
        if not services:
            raise BlockSettingWrong("services must be a list of at least one processor.")
        super().__init__(*([service] for service in services), name=name)
        self.services = tuple(services)
        self.strategy = strategy or ServiceSwitcherStrategyManual()
        self._start_secs = positive("start_secs", start_secs)
        self._active = 0
        self._out: set[int] = set()
        self._not_started: dict[int, EngineError] = {}
        self._frame = StartFrame()
        for service in self.services:
            service.started_by_group = True

    @property
    def active_index(self) -> int:
        """The place of the service that works."""
        return self._active

    @property
    def active_service(self) -> FrameProcessor:
        """The service that works."""
        return self.services[self._active]

    # -- start --------------------------------------------------------------------------------------------------------

    async def start(self, frame: StartFrame) -> None:
        self._frame = frame
        self.strategy.attach(self)
        await asyncio.gather(*(self.ready(index, first=True) for index in range(len(self.services))))
        if len(self._not_started) == len(self.services):
            raise self._not_started[0]
        for index, error in self._not_started.items():
            await self._tell(index, error)

    async def ready(self, index: int, *, first: bool = False) -> bool:
        """Start a service that was not started yet; return whether it can work."""
        if not first and index not in self._not_started:
            return True
        service = self.services[index]
        try:
            async with asyncio.timeout(self._start_secs):
                await service.start(self._frame)
        except TimeoutError:
            self._not_started[index] = StartTimeout(f"Not ready in time: {service.name}.")
        except EngineError as error:
            self._not_started[index] = error
        else:
            self._not_started.pop(index, None)
            return True
        if not first:
            await self._tell(index, self._not_started[index])
        return False

    async def _tell(self, index: int, error: EngineError) -> None:
        """Handle a failure that came as no frame."""
        service = self.services[index]
        await self.collect(
            ErrorFrame(
                error.message, False, error, service.name, code=error.code, owner=error.owner, next_step=error.next_step
            ),
            UP,
            self.heads[index],
        )

    # -- frames -------------------------------------------------------------------------------------------------------

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        if isinstance(frame, ManuallySwitchServiceFrame) and (index := self._named(frame)) is not None:
            await self.strategy.on_frame(frame, index)
        elif isinstance(frame, EVERYONE):
            await super().process_frame(frame, direction)
        elif direction is UP:
            await self.tails[self._active].push_frame(frame, direction)
        else:
            if isinstance(frame, BOUNDARIES):
                await self.strategy.on_boundary()
            await self.heads[self._active].queue_frame(frame, direction)

    def _named(self, frame: ManuallySwitchServiceFrame) -> int | None:
        found = [place for place, one in enumerate(self.services) if frame.service is one or frame.service == one.name]
        return found[0] if found else None

    async def collect(self, frame: Frame, direction: FrameDirection, end: FrameProcessor) -> None:
        ends = self.heads if direction is UP else self.tails
        index = next(place for place, one in enumerate(ends) if one is end)
        if isinstance(frame, ErrorFrame) and frame.processor == self.services[index].name:
            if index != self._active and frame.code == "service.setting":
                return
            if await self.strategy.on_error(index, frame) and frame.fatal:
                frame = replace(frame, fatal=False)
        elif index in self._out and not isinstance(frame, ALWAYS_OUT):
            return
        await super().collect(frame, direction, end)

    # -- switching ----------------------------------------------------------------------------------------------------

    async def switch_to(self, index: int, reason: str, *, failed: bool = False) -> None:
        """Let another service work. ``failed``: the present one sends nothing any more and its work is handed over."""
        before = self._active
        if index == before:
            return
        self.journal.record(
            "service.switched",
            {"from": self.services[before].name, "to": self.services[index].name, "reason": reason},
        )
        self._active = index
        self._out.discard(index)
        if failed:
            self._out.add(before)
            await self.hand_over(before, index)

    async def hand_over(self, before: int, index: int) -> None:
        """Give the frames that wait for a failed service to its successor."""
        inboxes = (self.services[before].inbox, self.heads[before].inbox)
        waiting = [item for inbox in inboxes if inbox is not None for item in inbox.empty()]
        for frame, direction in waiting:
            if isinstance(frame, EndFrame):
                await self.heads[before].queue_frame(frame, direction)
            if not isinstance(frame, EVERYONE):
                await self.heads[index].queue_frame(frame, direction)

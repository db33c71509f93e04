"""Filters that decide frame by frame; system frames and the end always pass, so none of them can hold a call open."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from bots.engine.blocks.errors import BlockSettingWrong, function
from bots.engine.core.processor import FrameProcessor
from bots.engine.frames import EndFrame, Frame, FrameDirection, SystemFrame

ALWAYS = (SystemFrame, EndFrame)


def frame_types(name: str, types: Sequence[type[Frame]]) -> tuple[type[Frame], ...]:
    """Return frame classes as a tuple; raises ``block.setting`` for anything else."""
    kinds = tuple(types) if isinstance(types, Sequence) else (types,)
    if not kinds or not all(isinstance(kind, type) and issubclass(kind, Frame) for kind in kinds):
        raise BlockSettingWrong(f"{name} must be a tuple of frame classes.")
    return kinds


class FrameFilter(FrameProcessor):
    """Passes the listed frame types, ``EndFrame`` and system frames, both ways; drops the rest (FILT-01)."""

    def __init__(self, types: Sequence[type[Frame]], *, name: str | None = None) -> None:
        super().__init__(name=name)
        self._passing = (*ALWAYS, *frame_types("types", types))

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        if isinstance(frame, self._passing):
            await self.push_frame(frame, direction)


class FunctionFilter(FrameProcessor):
    """Passes what ``filter`` (async, frame → bool) says yes to, of the frames that travel ``direction`` (FILT-02).

    System frames, ``EndFrame`` and everything that travels the other way pass unasked. A ``filter`` that fails drops
    the frame and reports an error.
    """

    def __init__(
        self,
        filter: Callable[[Frame], Awaitable[bool]],
        direction: FrameDirection = FrameDirection.DOWNSTREAM,
        *,
        name: str | None = None,
    ) -> None:
        super().__init__(name=name)
        function("filter", filter)
        if not isinstance(direction, FrameDirection):
            raise BlockSettingWrong("direction must be a FrameDirection.")
        self._filter, self._direction = filter, direction

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        if isinstance(frame, ALWAYS) or direction is not self._direction or await self._filter(frame):
            await self.push_frame(frame, direction)


class IdentityFilter(FrameProcessor):
    """Passes everything, both ways; shows what two branches send twice (FILT-03)."""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await self.push_frame(frame, direction)


class NullFilter(FrameProcessor):
    """Blocks everything but system frames and ``EndFrame``, both ways: the end of a branch (FILT-04, PAR-05)."""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        if isinstance(frame, ALWAYS):
            await self.push_frame(frame, direction)

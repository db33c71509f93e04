"""Tells somebody when a certain frame passes (FILT-05)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from bots.engine.blocks.errors import BlockSettingWrong, function
from bots.engine.blocks.notifier import BaseNotifier
from bots.engine.core.processor import FrameProcessor
from bots.engine.frames import Frame, FrameDirection

from .passing import frame_types


class WakeNotifierFilter(FrameProcessor):
    """Calls ``notifier.notify()`` for frames of ``types`` to which ``filter`` (async) says yes; all pass (FILT-05)."""

    def __init__(
        self,
        notifier: BaseNotifier,
        types: Sequence[type[Frame]],
        filter: Callable[[Frame], Awaitable[bool]],
        *,
        name: str | None = None,
    ) -> None:
        super().__init__(name=name)
        if not isinstance(notifier, BaseNotifier):
            raise BlockSettingWrong("notifier must be a BaseNotifier.")
        function("filter", filter)
        self._notifier, self._types, self._filter = notifier, frame_types("types", types), filter

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        try:
            if isinstance(frame, self._types) and await self._filter(frame):
                await self._notifier.notify()
        finally:
            await self.push_frame(frame, direction)

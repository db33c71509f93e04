"""Every frame on one line, for finding out what a pipeline does (OBS-03, OBS-04)."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from enum import Enum
from typing import Any

from bots.engine.core.processor import FrameProcessor
from bots.engine.core.settings import CHECK, SettingWrong
from bots.engine.frames import Frame, FrameDirection

from .channel import SaidLogObserver
from .fields import BINARY_FIELDS, fields_of, shown


class FrameEndpoint(Enum):
    """Which end of a hop a filter looks at (OBS-04)."""

    SOURCE = "source"
    DESTINATION = "destination"


Endpoint = tuple[type[Any], FrameEndpoint]
FrameTypes = tuple[type[Frame], ...] | Mapping[type[Frame], Endpoint | None]


class DebugLogObserver(SaidLogObserver):
    """Logs frames with their fields: ``source → destination: FrameType field: value, … at 1.24s`` (OBS-03).

    ``frame_types``: None logs all; a tuple of frame classes logs those; a mapping also says of each class which kind of
    processor must stand at which end of the hop, or None for any. ``exclude_fields`` are field names that are left out
    (default: those that hold sound or pictures). The arrow shows the direction. Error: ``pipeline.misused``.
    """

    def __init__(self, frame_types: FrameTypes | None = None, exclude_fields: AbstractSet[str] | None = None) -> None:
        super().__init__()
        CHECK.kinds_or_none((AbstractSet, list, tuple), "a set of field names", exclude_fields=exclude_fields)
        self._ends: Mapping[type[Frame], Endpoint | None] = _ends_of(frame_types)
        self.frame_types = tuple(self._ends) or None  # type: ignore[misc]
        self._exclude = BINARY_FIELDS if exclude_fields is None else frozenset(exclude_fields)

    async def on_push_frame(
        self,
        src: FrameProcessor,
        dst: FrameProcessor | None,
        frame: Frame,
        direction: FrameDirection,
        timestamp: int,
    ) -> None:
        if not self._channel.isEnabledFor(10) or not self._wanted(src, dst, frame):
            return
        arrow = "→" if direction is FrameDirection.DOWNSTREAM else "←"
        said = ", ".join(f"{name}: {shown(value)}" for name, value in fields_of(frame, self._exclude))
        line = f"{src.name} {arrow} {dst.name if dst else '(end)'}: {type(frame).__name__} {said}".rstrip()
        self.say(line, timestamp)

    def _wanted(self, src: FrameProcessor, dst: FrameProcessor | None, frame: Frame) -> bool:
        if not self._ends:
            return True
        for kind, end in self._ends.items():
            if isinstance(frame, kind):
                place = None if end is None else src if end[1] is FrameEndpoint.SOURCE else dst
                if end is None or isinstance(place, end[0]):
                    return True
        return False


def _ends_of(frame_types: FrameTypes | None) -> Mapping[type[Frame], Endpoint | None]:
    if frame_types is None:
        return {}
    if not frame_types or not isinstance(frame_types, tuple | list | Mapping):
        raise SettingWrong("frame_types must name frame classes.")
    ends = dict(frame_types) if isinstance(frame_types, Mapping) else dict.fromkeys(frame_types)
    for kind, end in ends.items():
        if not (isinstance(kind, type) and issubclass(kind, Frame)):
            raise SettingWrong("frame_types must name frame classes.")
        if end is not None and not (
            isinstance(end, tuple) and len(end) == 2 and isinstance(end[0], type) and isinstance(end[1], FrameEndpoint)
        ):
            raise SettingWrong("frame_types maps a frame class to None or to (processor class, FrameEndpoint).")
    return ends

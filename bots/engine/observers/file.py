"""A file of frames, one JSON object a line (OBS-10)."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Set as AbstractSet
from pathlib import Path

from bots.engine.core.observer import BaseObserver
from bots.engine.core.processor import FrameProcessor
from bots.engine.core.settings import SettingWrong, frame_classes
from bots.engine.frames import Frame, FrameDirection

from .fields import BINARY_FIELDS, fields_of, plain

log = logging.getLogger(__name__)


class FileObserver(BaseObserver):
    """Appends every hop to ``path`` as a JSON object: at (s), source, destination, direction, frame, fields (OBS-10).

    ``frame_types`` limits it to some classes, ``exclude_fields`` leaves fields out (default: sound and pictures). The
    file holds what people said and is readable by its owner only. Raises ``pipeline.misused`` when it cannot be
    written; a disk that fills up later ends the file, not the call.
    """

    patience_secs = None

    def __init__(
        self,
        path: str | Path,
        *,
        frame_types: tuple[type[Frame], ...] | None = None,
        exclude_fields: AbstractSet[str] = BINARY_FIELDS,
    ) -> None:
        if frame_types is not None:
            frame_classes("frame_types", frame_types)
        if not isinstance(path, str | Path) or not str(path):
            raise SettingWrong("path must be the path of a file.")
        self.frame_types = frame_types  # type: ignore[misc]
        self._exclude = frozenset(exclude_fields)
        try:
            self._file: int | None = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise SettingWrong("path names a file that cannot be written.") from error

    async def on_push_frame(
        self,
        src: FrameProcessor,
        dst: FrameProcessor | None,
        frame: Frame,
        direction: FrameDirection,
        timestamp: int,
    ) -> None:
        if self._file is None:
            return
        told = {
            "at": round(timestamp / 1e9, 6),
            "source": src.name,
            "destination": dst.name if dst else None,
            "direction": direction.name.lower(),
            "frame": type(frame).__name__,
            "fields": {name: plain(value) for name, value in fields_of(frame, self._exclude)},
        }
        try:
            os.write(self._file, json.dumps(told, ensure_ascii=False).encode() + b"\n")
        except OSError:
            log.exception("a file of frames could not be written")
            self.close()

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

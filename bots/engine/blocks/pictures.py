"""A picture that shows whether the bot speaks (PIPE-11)."""

from __future__ import annotations

from pathlib import Path

from bots.engine.core.processor import FrameProcessor, handles
from bots.engine.frames import BotStartedSpeakingFrame, BotStoppedSpeakingFrame, FrameDirection, OutputImageRawFrame

from .errors import BlockSettingWrong

SIZE = (1024, 1024)


def _read(name: str, path: str | Path) -> OutputImageRawFrame:
    try:
        return OutputImageRawFrame(Path(path).read_bytes(), SIZE, Path(path).suffix.lstrip(".").upper() or None)
    except (OSError, TypeError) as error:
        raise BlockSettingWrong(f"{name} must be a picture that can be read.") from error


class ImageSyncAggregator(FrameProcessor):
    """Pushes one picture when the bot begins to speak and another when it stops; stands before the output (PIPE-11).

    Both are files, 1024 by 1024 pixels, sent as they are; the format is the ending of the file's name. Raises
    ``block.setting``.
    """

    def __init__(self, speaking_path: str | Path, waiting_path: str | Path, *, name: str | None = None) -> None:
        super().__init__(name=name)
        self._speaking, self._waiting = _read("speaking_path", speaking_path), _read("waiting_path", waiting_path)

    @handles(BotStartedSpeakingFrame, direction=FrameDirection.UPSTREAM)
    async def on_bot_started(self, frame: BotStartedSpeakingFrame) -> None:
        await self.push_frame(self._speaking)

    @handles(BotStoppedSpeakingFrame, direction=FrameDirection.UPSTREAM)
    async def on_bot_stopped(self, frame: BotStoppedSpeakingFrame) -> None:
        await self.push_frame(self._waiting)

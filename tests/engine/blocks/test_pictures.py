"""A picture that follows the bot's speech (PIPE-11)."""

from pathlib import Path

import pytest

from bots.engine.blocks.errors import BlockSettingWrong
from bots.engine.blocks.pictures import ImageSyncAggregator
from bots.engine.frames import BotStartedSpeakingFrame, BotStoppedSpeakingFrame, OutputImageRawFrame
from tests.engine.core.probes import UP, Probe, Run, in_a_run


def test_the_picture_changes_when_the_bot_begins_and_stops(tmp_path: Path) -> None:  # PIPE-11
    (tmp_path / "speaking.png").write_bytes(b"S")
    (tmp_path / "waiting.jpeg").write_bytes(b"W")
    before, behind = Probe("before"), Probe("behind")

    async def play(run: Run) -> None:
        await behind.push_frame(BotStartedSpeakingFrame(), UP)
        await behind.push_frame(BotStoppedSpeakingFrame(), UP)

    pictures = ImageSyncAggregator(str(tmp_path / "speaking.png"), tmp_path / "waiting.jpeg")
    in_a_run(lambda: Run(before, pictures, behind), play)
    shown = [(frame.image, frame.size, frame.format) for frame in behind.of(OutputImageRawFrame)]
    assert shown == [(b"S", (1024, 1024), "PNG"), (b"W", (1024, 1024), "JPEG")]
    assert len(before.of(BotStartedSpeakingFrame, direction=UP)) == 1


def test_a_picture_that_is_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "there.png").write_bytes(b"S")
    with pytest.raises(BlockSettingWrong, match="waiting_path"):
        ImageSyncAggregator(tmp_path / "there.png", tmp_path / "missing.png")

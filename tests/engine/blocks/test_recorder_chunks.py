"""Chunks of a recording: half a second each, at their place, whatever blocks they were made of."""

import numpy as np

from bots.engine.audio.resampler import resample_once
from bots.engine.blocks.recorder import CallRecorder
from bots.engine.frames import InputAudioRawFrame, OutputAudioRawFrame
from tests.engine.core.probes import Run, in_a_run


class Sink:
    """Keeps what was written."""

    def __init__(self) -> None:
        self.chunks: list[tuple[str, int, bytes]] = []

    def write(self, track: str, offset: int, pcm: bytes) -> bool:
        self.chunks.append((track, offset, pcm))
        return True

    def places(self, track: str) -> list[tuple[int, int]]:
        """Offset and length in samples of every chunk."""
        return [(offset, len(pcm) // 2) for name, offset, pcm in self.chunks if name == track]

    def sound(self, track: str) -> bytes:
        return b"".join(pcm for name, _, pcm in self.chunks if name == track)


def tone(seconds: float, rate: int) -> bytes:
    time = np.arange(round(seconds * rate)) / rate
    return (np.sin(2 * np.pi * 440 * time) * 8000).astype("<i2").tobytes()


def recorded(*frames: InputAudioRawFrame | OutputAudioRawFrame) -> Sink:
    sink = Sink()

    async def play(run: Run) -> None:
        await run.task.queue_frames(frames)
        await run.clock.sleep(1)

    in_a_run(lambda: Run(CallRecorder(sink)), play)
    return sink


def blocks(kind: type, pcm: bytes, rate: int, at: float) -> list:
    size = rate // 50 * 2
    cut = [pcm[start : start + size] for start in range(0, len(pcm), size)]
    return [kind(piece, rate, 1, at + number / 50) for number, piece in enumerate(cut)]


def test_the_bots_blocks_become_half_seconds_of_the_same_sound_at_the_recordings_rate():
    pcm = tone(1.3, 24000)
    sink = recorded(*blocks(OutputAudioRawFrame, pcm, 24000, 0.5))
    assert sink.places("bot") == [(8000, 8000), (16000, 8000), (24000, 4800)]
    assert sink.sound("bot") == resample_once(pcm, 24000, 16000)


def test_a_pause_begins_a_chunk_at_its_own_place_and_the_sound_before_it_is_whole():
    first, second = tone(0.3, 16000), tone(0.1, 16000)
    sink = recorded(*blocks(InputAudioRawFrame, first, 16000, 1.0), *blocks(InputAudioRawFrame, second, 16000, 2.0))
    assert sink.places("caller") == [(16000, 4800), (32000, 1600)]
    assert sink.sound("caller") == first + second


def test_a_change_of_rate_loses_nothing():
    sink = recorded(
        *blocks(InputAudioRawFrame, tone(0.2, 8000), 8000, 0.0),
        *blocks(InputAudioRawFrame, tone(0.2, 16000), 16000, 0.2),
    )
    assert sink.places("caller") == [(0, 3200), (3200, 3200)]

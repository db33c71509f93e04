"""The call's recording: both tracks at media-clock offsets, in chunks of at most half a second (lessons T9)."""

from __future__ import annotations

from typing import Protocol

from bots.engine.audio.resampler import Resampler
from bots.engine.core.processor import FrameProcessor, handles
from bots.engine.frames import FrameDirection, InputAudioRawFrame, OutputAudioRawFrame

RECORD_RATE = 16000
CHUNK_SAMPLES = RECORD_RATE // 2
CALLER, BOT = "caller", "bot"


class TrackSink(Protocol):
    """Where audio goes: raw s16le mono at 16 kHz, one file per track."""

    def write(self, track: str, offset: int, pcm: bytes) -> bool:
        """Put samples at ``offset`` samples of a track; return whether they are kept."""


class _Track:
    """Collects one side; a gap in media time begins a new chunk at its own offset.

    Blocks wait as they came and are converted a chunk at a time: converting each by itself costs ten times as much.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.number = 0
        self.offset = 0
        self.pending = bytearray()
        self._raw: list[bytes] = []
        self._raw_samples = 0
        self._rate = RECORD_RATE
        self._resampler: Resampler | None = None
        self._expected: float | None = None

    def add(self, pcm: bytes, rate: int, at: float) -> list[tuple[int, bytes]]:
        """Take a block that begins at media time ``at``; return the chunks that are complete."""
        chunks = []
        if self._expected is None or rate != self._rate or abs(at - self._expected) > 0.5 / RECORD_RATE * 2:
            chunks += self.flush()
            position = round(at * RECORD_RATE)
            if self._expected is not None and 0 <= self._end_of_last - position < RECORD_RATE // 100:
                position = self._end_of_last
            self.offset, self._rate = position, rate
        samples = len(pcm) // 2
        self._expected = at + samples / rate
        self._raw.append(pcm)
        self._raw_samples += samples
        if len(self.pending) // 2 * rate + self._raw_samples * RECORD_RATE >= CHUNK_SAMPLES * rate:
            self._convert()
            while len(self.pending) >= CHUNK_SAMPLES * 2:
                chunks.append(self._cut(CHUNK_SAMPLES * 2))
        return chunks

    _end_of_last = 0

    def _convert(self) -> None:
        """Bring what waits to the recording's rate."""
        pcm = b"".join(self._raw)
        self._raw.clear()
        self._raw_samples = 0
        if self._rate != RECORD_RATE:
            if self._resampler is None or self._resampler.in_rate != self._rate:
                self._resampler = Resampler(self._rate, RECORD_RATE)
            pcm = self._resampler.process(pcm)
        self.pending += pcm

    def _cut(self, size: int) -> tuple[int, bytes]:
        chunk = (self.offset, bytes(self.pending[:size]))
        del self.pending[:size]
        self.offset += size // 2
        self._end_of_last = self.offset
        return chunk

    def flush(self) -> list[tuple[int, bytes]]:
        """Return what is left, the resampler's tail included."""
        self._convert()
        if self._resampler is not None:
            self.pending += self._resampler.flush()
            self._resampler.reset()
        return [self._cut(len(self.pending))] if self.pending else []


class CallRecorder(FrameProcessor):
    """Stands at the end of the pipeline: hears the caller's audio and the bot's as it was played."""

    def __init__(self, sink: TrackSink) -> None:
        super().__init__()
        self._sink = sink
        self._tracks = {CALLER: _Track(CALLER), BOT: _Track(BOT)}

    @handles(InputAudioRawFrame, direction=FrameDirection.DOWNSTREAM)
    async def on_caller(self, frame: InputAudioRawFrame) -> None:
        if frame.at is not None:
            self._store(self._tracks[CALLER], self._tracks[CALLER].add(frame.audio, frame.sample_rate, frame.at))

    @handles(OutputAudioRawFrame, direction=FrameDirection.DOWNSTREAM, consume=True)
    async def on_bot(self, frame: OutputAudioRawFrame) -> None:
        if frame.at is not None:
            self._store(self._tracks[BOT], self._tracks[BOT].add(frame.audio, frame.sample_rate, frame.at))

    def _store(self, track: _Track, chunks: list[tuple[int, bytes]]) -> None:
        for offset, pcm in chunks:
            track.number += 1
            if self._sink.write(track.name, offset, pcm):
                self.journal.record(
                    "audio.chunk",
                    {"track": track.name, "number": track.number, "offset": offset, "samples": len(pcm) // 2,
                     "rate": RECORD_RATE},
                )  # fmt: skip

    async def cleanup(self) -> None:
        for track in self._tracks.values():
            self._store(track, track.flush())

"""The bot's voice on its way out: blocks of PCM become Opus packets, one every 20 ms."""

from __future__ import annotations

import asyncio
import fractions
from collections import deque
from typing import Any

from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import AudioFrame, CodecContext, Packet
from av.audio.codeccontext import AudioCodecContext

RTP_RATE = 48000
STEP = 0.02
BIT_RATE = 40000
TINY = 8
MAX_BLOCKS = 100
REANCHOR_SECS = 0.1
_RTP_BASE = fractions.Fraction(1, RTP_RATE)


class VoiceQueue:
    """20 ms blocks that wait for their packet; outlives the peer connections of a call. When full, the oldest goes."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self._blocks: deque[bytes] = deque(maxlen=MAX_BLOCKS)
        self.silence = bytes(round(rate * STEP) * 2)
        self.sent = 0
        self._rest = b""

    def __len__(self) -> int:
        return len(self._blocks)

    def put(self, block: bytes) -> None:
        """Append a block, s16le mono at ``rate``; one of another length is cut anew with those around it."""
        size = len(self.silence)
        if len(block) == size and not self._rest:
            self._blocks.append(block)
            return
        whole = self._rest + block
        for start in range(0, len(whole) - size + 1, size):
            self._blocks.append(whole[start : start + size])
        self._rest = whole[len(whole) // size * size :]

    def take(self) -> bytes:
        """Return the next block, or silence."""
        if not self._blocks:
            return self.silence
        self.sent += 1
        return self._blocks.popleft()

    def clear(self) -> float:
        """Forget what was not sent yet; return how many seconds that were."""
        unsent = len(self._blocks) * STEP + len(self._rest) / 2 / self.rate
        self._blocks.clear()
        self._rest = b""
        return unsent


class OpusEncoder:
    """Mono speech, encoded where it is: 0.07 ms a block against a thread switch and stereo at 96 kb/s.

    Once silence has settled (the packet has at most :data:`TINY` bytes, a quarter of a second after speech) that packet
    is repeated: libopus spends four times as much on silence as on speech.
    """

    def __init__(self, rate: int) -> None:
        codec = CodecContext.create("libopus", "w")
        assert isinstance(codec, AudioCodecContext)  # noqa: S101 (what libopus is)
        codec.bit_rate = BIT_RATE
        codec.format = "s16"
        codec.layout = "mono"
        codec.sample_rate = rate
        codec.time_base = fractions.Fraction(1, rate)
        codec.options = {"application": "audio", "frame_duration": "20", "compression_level": "5"}
        self._codec, self._rate, self._position = codec, rate, 0
        self._base = codec.time_base
        self._last = b""

    def encode(self, block: bytes) -> bytes:
        """Return the Opus packet of one 20 ms block."""
        if not block.strip(b"\0") and 0 < len(self._last) <= TINY:
            return self._last
        samples = len(block) // 2
        frame = AudioFrame(format="s16", layout="mono", samples=samples)
        frame.planes[0].update(block)
        frame.sample_rate, frame.pts, frame.time_base = self._rate, self._position, self._base
        self._position += samples
        self._last = b"".join(bytes(packet) for packet in self._codec.encode(frame))
        return self._last


class VoiceTrack(MediaStreamTrack):
    """What aiortc pulls the bot's voice from: one packet per 20 ms of the loop's clock, silence when nothing waits."""

    kind = "audio"

    def __init__(self, queue: VoiceQueue) -> None:
        super().__init__()
        self._queue = queue
        self._encoder = OpusEncoder(queue.rate)
        self._due: float | None = None
        self._rtp = 0
        self.late = 0

    async def recv(self) -> Packet[Any]:
        """Wait for the next block's time and return it encoded; after a stall the RTP time skips what was missed."""
        now = asyncio.get_running_loop().time()
        if self._due is None:
            self._due = now
        else:
            self._due += STEP
            self._rtp += round(STEP * RTP_RATE)
        if self._due > now:
            await asyncio.sleep(self._due - now)
        elif now - self._due > REANCHOR_SECS:
            missed = int((now - self._due) / STEP)
            self._due += missed * STEP
            self._rtp += missed * round(STEP * RTP_RATE)
            self.late += missed
        if self.readyState != "live":
            raise MediaStreamError
        packet = Packet(self._encoder.encode(self._queue.take()))
        packet.pts, packet.time_base = self._rtp, _RTP_BASE
        return packet


class NoVideoTrack(MediaStreamTrack):
    """Takes the place of a camera that the bot does not have, so that nothing polls for it."""

    kind = "video"

    async def recv(self) -> Packet[Any]:
        await asyncio.get_running_loop().create_future()
        raise MediaStreamError

"""Audio that comes in any size, handed to an engine in blocks of one size (AUD-03)."""

from __future__ import annotations

from bots.engine.audio.pcm import SAMPLE_BYTES, Buffer


class Blocks:
    """Gathers s16le bytes and gives them out in blocks of ``samples``."""

    def __init__(self, samples: int) -> None:
        self._size = samples * SAMPLE_BYTES
        self._held = bytearray()

    def feed(self, audio: Buffer) -> list[bytes]:
        """Return the blocks that are complete now."""
        self._held += audio
        whole = len(self._held) // self._size * self._size
        found = [bytes(self._held[at : at + self._size]) for at in range(0, whole, self._size)]
        del self._held[:whole]
        return found

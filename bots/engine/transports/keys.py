"""Keys that the bot presses: told to the far end, or played to it as tones (DTMF-06)."""

from __future__ import annotations

from typing import ClassVar

from bots.engine.audio.dtmf import tone
from bots.engine.core.processor import FrameProcessor, handles
from bots.engine.frames import (
    FrameDirection,
    KeypadEntry,
    OutputAudioRawFrame,
    OutputDTMFFrame,
    OutputDTMFUrgentFrame,
)


class KeyOutput(FrameProcessor):
    """The part of an output that sends keys; ``sends_keys`` where the connection has a message for them (DTMF-06).

    Elsewhere a key is its tone, in order with the audio around it. An urgent key does not wait where the connection has
    a message, and is the next sound where it has none.
    """

    sends_keys: ClassVar[bool] = False
    sample_rate: int

    async def write_dtmf(self, button: KeypadEntry) -> None:
        """Tell the far end of a key; only where ``sends_keys``."""

    def audible(self, key: OutputDTMFFrame | OutputDTMFUrgentFrame) -> OutputAudioRawFrame:
        """Return the tone of a key that cannot be told."""
        return OutputAudioRawFrame(tone(KeypadEntry(key.button).value, self.sample_rate), self.sample_rate)

    @handles(OutputDTMFUrgentFrame, direction=FrameDirection.DOWNSTREAM, consume=True)
    async def on_urgent_key(self, frame: OutputDTMFUrgentFrame) -> None:
        if self.sends_keys:
            await self.write_dtmf(frame.button)
        else:
            await self.queue_frame(OutputDTMFFrame(frame.button))

"""The far end of a scripted call: a caller who speaks and types by script, and an ear that knows what it heard.

Audio carries its own truth: :class:`bots.engine.testing.tapes.TapeTTS` gives every word its own sample value, so the
ear finds out from the written samples alone which words were played to their end, and when.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from bots.engine.audio.vad import VADAnalyzer, VADParams
from bots.engine.transports.base import BaseTransport
from bots.engine.transports.input import BaseInputTransport
from bots.engine.transports.output import BaseOutputTransport
from bots.engine.transports.params import TransportParams
from bots.engine.transports.playout import BLOCK_SECS

VOICE = b"\x10\x27"
"""One sample of the caller's voice; silence is zero."""


class ScriptedVAD(VADAnalyzer):
    """Takes every window that is not all silence for speech."""

    def __init__(self, params: VADParams | None = None) -> None:
        super().__init__(params=params or VADParams(confidence=0.5, start_secs=0.1, stop_secs=0.2, min_volume=0.0))

    def voice_confidence(self, window: bytes) -> float:
        return 1.0 if any(window) else 0.0


@dataclass(slots=True)
class PlayedBlock:
    """Audio as the far end plays it: from ``at`` to ``end`` (media seconds); ``end`` moves back when it is cut."""

    at: float
    end: float
    pcm: bytes


class Ear:
    """Plays what is written, gapless where it arrives in time, and stops where it is told to."""

    def __init__(self, rate: Callable[[], int]) -> None:
        self._rate = rate
        self.blocks: list[PlayedBlock] = []
        self.closed_at: float | None = None

    @property
    def plays_until(self) -> float:
        """The media time at which everything that arrived is played."""
        return self.blocks[-1].end if self.blocks else 0.0

    def take(self, pcm: bytes, now: float) -> None:
        """Play a block when it arrives, or when the one before it ends."""
        if self.closed_at is None:
            at = max(now, self.plays_until)
            self.blocks.append(PlayedBlock(at, at + len(pcm) / 2 / self._rate(), pcm))

    def cut(self, now: float) -> None:
        """Throw away what was not played yet."""
        while self.blocks and self.blocks[-1].at >= now:
            self.blocks.pop()
        if self.blocks:
            self.blocks[-1].end = min(self.blocks[-1].end, now)

    def hang_up(self, now: float) -> None:
        """Hear nothing from now on."""
        self.cut(now)
        self.closed_at = now

    def samples_by_mark(self, now: float) -> dict[int, int]:
        """Return how many samples of each value were played until ``now``, in order of appearance, without silence."""
        found: dict[int, int] = {}
        rate = self._rate()
        for block in self.blocks:
            played = memoryview(block.pcm).cast("h")[: max(0, round((min(block.end, now) - block.at) * rate))]
            if played and played[0] == played[-1]:
                found[played[0]] = found.get(played[0], 0) + len(played)
                continue
            for mark, samples in groupby(played):
                found[mark] = found.get(mark, 0) + sum(1 for _ in samples)
        found.pop(0, None)
        return found


class CallerInput(BaseInputTransport):
    """The caller's microphone and keyboard."""

    async def speak(self, seconds: float, *, voiced: bool = True) -> None:
        """Send audio in blocks of 20 ms, in time; all voice or all silence."""
        block = (VOICE if voiced else b"\0\0") * int(self.sample_rate * BLOCK_SECS)
        for _ in range(round(seconds / BLOCK_SECS)):
            await self.clock.sleep(BLOCK_SECS)
            await self.receive_audio(block, self.sample_rate)


class CallerOutput(BaseOutputTransport):
    """The caller's loudspeaker; what was written to it is played."""

    def __init__(self, params: TransportParams) -> None:
        super().__init__(params)
        self.ear = Ear(lambda: self.sample_rate)
        self.messages: list[Mapping[str, Any]] = []

    def write_audio(self, pcm: bytes) -> None:
        self.ear.take(pcm, self.clock.now())

    async def write_message(self, message: Mapping[str, Any]) -> None:
        self.messages.append(message)


class ClearableCallerOutput(CallerOutput):
    """A loudspeaker that can throw away what it has not played."""

    clearable = True

    def clear(self) -> None:
        self.ear.cut(self.clock.now())


class CallerTransport(BaseTransport):
    """Both sides of the far end. ``clearable``: whether written audio can be taken back."""

    def __init__(self, params: TransportParams | None = None, *, clearable: bool = False) -> None:
        super().__init__(params or TransportParams(vad_analyzer=ScriptedVAD()))
        self._input = CallerInput(self.params)
        self._output = (ClearableCallerOutput if clearable else CallerOutput)(self.params)

    def input(self) -> CallerInput:
        return self._input

    def output(self) -> CallerOutput:
        return self._output

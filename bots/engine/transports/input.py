"""The input side: audio and messages from the caller become frames; voice activity becomes turn edges (TURN-01…06)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from bots.engine.audio.pcm import stereo_to_mono
from bots.engine.audio.resampler import Resampler
from bots.engine.core.processor import FrameProcessor, handles
from bots.engine.frames import (
    FilterEnableFrame,
    FrameDirection,
    InputAudioRawFrame,
    InputTransportMessageFrame,
    StartFrame,
    UserMuteStartedFrame,
    UserMuteStoppedFrame,
)

from .filtering import FilteredAudio
from .params import TransportParams
from .timeline import MediaTimeline
from .voice_edges import VoiceEdges

SILENT_BLOCK_SECS = 0.032
EARLY_LIMIT = 256


class BaseInputTransport(FrameProcessor):
    """Turns what a connection delivers into frames at the pipeline's input rate.

    Concrete transports call :meth:`receive_audio`, :meth:`receive_message`, :meth:`user_muted` and, when the stream of
    audio stops without an end, :meth:`audio_paused`. What arrives before the pipeline runs is kept, oldest dropped
    first.
    """

    def __init__(self, params: TransportParams, *, name: str | None = None) -> None:
        super().__init__(name=name)
        self.params = params
        self.sample_rate = params.audio_in_sample_rate or 0
        self._edges = VoiceEdges(self, params.vad_analyzer, params) if params.vad_analyzer is not None else None
        self._timeline = MediaTimeline()
        self._resampler: Resampler | None = None
        self._filtered: FilteredAudio | None = None
        self._live = False
        self._early: list[Mapping[str, Any]] = []
        self._paused: asyncio.Task[None] | None = None

    async def start(self, frame: StartFrame) -> None:
        self.sample_rate = self.sample_rate or frame.audio_in_sample_rate
        if self._edges is not None:
            await self._edges.start(self.sample_rate)
        if self.params.audio_in_filter is not None:
            await self.params.audio_in_filter.start(self.sample_rate)
            self._filtered = FilteredAudio(self.params.audio_in_filter, self.sample_rate, self.journal)

    @handles(StartFrame, direction=FrameDirection.DOWNSTREAM, consume=True)
    async def on_start(self, frame: StartFrame) -> None:
        """Let the start frame go ahead of everything that the connection brings."""
        await self.push_frame(frame)
        self._live = True
        await self.go_live()

    async def go_live(self) -> None:
        """Take up what arrived before the pipeline ran."""
        early, self._early = self._early, []
        self.create_task(self._receive_early(early), f"{self.name} early messages")

    async def _receive_early(self, messages: list[Mapping[str, Any]]) -> None:
        for message in messages:
            await self.receive_message(message)

    async def cleanup(self) -> None:
        self._live = False
        if self._edges is not None:
            await self._edges.close()
        if self.params.audio_in_filter is not None:
            await self.params.audio_in_filter.stop()

    @handles(FilterEnableFrame, direction=FrameDirection.DOWNSTREAM)
    async def on_filter_enable(self, frame: FilterEnableFrame) -> None:
        """Switch the noise filter (AUD-01)."""
        if self.params.audio_in_filter is not None:
            self.params.audio_in_filter.enable(frame.enable)

    async def receive_message(self, message: Mapping[str, Any]) -> None:
        """Take a message of the client, a JSON object."""
        if self._live:
            await self.push_frame(InputTransportMessageFrame(message))
        elif len(self._early) < EARLY_LIMIT:
            self._early.append(message)

    async def user_muted(self, muted: bool) -> None:
        """Take the news that the caller's microphone was switched."""
        if not self._live:
            return
        await self.push_frame(UserMuteStartedFrame() if muted else UserMuteStoppedFrame())
        if muted:
            await self.audio_paused()

    async def receive_audio(self, pcm: bytes, sample_rate: int, num_channels: int = 1, at: float | None = None) -> None:
        """Take caller audio, s16le; ``at`` is the media time of its first sample where the connection knows it."""
        if not self._live or not self.params.audio_in_enabled or not pcm:
            return
        if num_channels == 2:
            pcm = stereo_to_mono(pcm)
        pcm = self._at_our_rate(pcm, sample_rate)
        seconds = len(pcm) / 2 / self.sample_rate
        if at is None:
            at = self._timeline.place(seconds, self.clock.now())
        self._stop_pause()
        if self._filtered is not None:
            pcm, at = await self._filtered.pass_on(pcm, at)
            if not pcm:
                return
        await self.push_frame(InputAudioRawFrame(pcm, self.sample_rate, 1, at))
        if self._edges is not None:
            await self._edges.hear(pcm, at)

    def _at_our_rate(self, pcm: bytes, rate: int) -> bytes:
        if rate == self.sample_rate:
            return pcm
        if self._resampler is None or self._resampler.in_rate != rate:
            self._resampler = Resampler(rate, self.sample_rate)
        return self._resampler.process(pcm)

    # -- pauses of the stream ------------------------------------------------------------------------------------------

    async def audio_paused(self) -> None:
        """Let speech end by time when no audio arrives any more (client contract, section 6)."""
        if self._edges is not None and self._edges.speaking and self._paused is None:
            self._paused = self.create_task(self._feed_silence(self._edges), f"{self.name} silence")

    def _stop_pause(self) -> None:
        if self._paused is not None:
            self._paused.cancel()
            self._paused = None

    async def _feed_silence(self, edges: VoiceEdges) -> None:
        block = bytes(int(SILENT_BLOCK_SECS * self.sample_rate) * 2)
        while edges.speaking:
            await edges.feed(block)
            await self.clock.sleep(SILENT_BLOCK_SECS)
        self._paused = None

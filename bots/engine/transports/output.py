"""The output side: paced by the clock, and the only writer of what was heard (DESIGN 1.3, CONF-20, SPCH-10)."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from typing import Any

from bots.engine.audio.pcm import stereo_to_mono
from bots.engine.audio.resampler import Resampler
from bots.engine.core.processor import handles
from bots.engine.errors import EngineError
from bots.engine.frames import (
    BotSpeakingFrame,
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    CancelFrame,
    ControlFrame,
    DataFrame,
    Frame,
    FrameDirection,
    InterruptionFrame,
    LLMFullResponseEndFrame,
    MixerEnableFrame,
    MixerUpdateSettingsFrame,
    OutputAudioRawFrame,
    OutputDTMFFrame,
    OutputTransportMessageFrame,
    OutputTransportMessageUrgentFrame,
    StartFrame,
    TTSAudioRawFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
    TTSTextFrame,
    TTSWordsFrame,
)

from .keys import KeyOutput
from .pacer import Pacer, PacerHandle
from .params import TransportParams
from .playout import BLOCK_SECS, Block, Played, PlayoutQueue

DOWN, UP = FrameDirection.DOWNSTREAM, FrameDirection.UPSTREAM
SPEAKING_EVERY = 10


class BaseOutputTransport(KeyOutput):
    """Plays audio block by block when it is due and lets everything behind it go on when it was heard.

    Concrete transports implement :meth:`write_audio` and :meth:`write_message`. ``clearable`` tells whether the far end
    can throw away what it was sent (then :meth:`clear` does so); where it cannot, all that was written counts as heard.
    """

    clearable: bool = False

    def __init__(self, params: TransportParams, *, name: str | None = None) -> None:
        super().__init__(name=name)
        self.params = params
        self.sample_rate = params.audio_out_sample_rate or 0
        self._queue = PlayoutQueue(self.sample_rate or 24000)
        self._resamplers: dict[int, Resampler] = {}
        self._lead = params.audio_out_lead_secs
        self._mixer = params.audio_out_mixer
        self._paced: PacerHandle | None = None
        self._speaking = False
        self._last_audio_end = 0.0
        self._blocks = 0
        self._going_out: deque[tuple[Frame, FrameDirection | None]] = deque()
        self._wake = asyncio.Event()
        self._quiet_timer: asyncio.TimerHandle | None = None

    async def start(self, frame: StartFrame) -> None:
        self.sample_rate = self.sample_rate or frame.audio_out_sample_rate
        self._queue = PlayoutQueue(self.sample_rate)
        self.create_task(self._let_out(), f"{self.name} playout")
        if self._mixer is not None:
            await self._mixer.start(self.sample_rate)

    async def cleanup(self) -> None:
        """Commit what was heard, where no cancel frame reached this place."""
        self._fall_silent(written_is_heard=False)
        self._going_out.clear()
        self._disarm()
        if self._mixer is not None:
            await self._mixer.stop()

    # -- what concrete transports do ----------------------------------------------------------------------------------

    def write_audio(self, pcm: bytes) -> None:
        """Send one 20 ms block, s16le mono at ``sample_rate``; must only enqueue."""

    def clear(self) -> None:
        """Make the far end throw away what it has not played; only where ``clearable``."""

    async def write_message(self, message: Mapping[str, Any]) -> None:
        """Send a JSON object to the client."""

    # -- frames that arrive -------------------------------------------------------------------------------------------

    @handles(StartFrame, direction=DOWN)
    async def on_start(self, frame: StartFrame) -> None:
        """Let the mixer's sound begin with the call."""
        if self._mixer is not None:
            self._start_pacing()

    @handles(OutputTransportMessageUrgentFrame, direction=DOWN, consume=True)
    async def on_urgent_message(self, frame: OutputTransportMessageUrgentFrame) -> None:
        await self.write_message(frame.message)

    @handles(InterruptionFrame, direction=DOWN)
    async def on_cut(self, frame: InterruptionFrame) -> None:
        """Tell what was heard before anybody hears of the interruption itself."""
        await self._let_go_now()

    @handles(CancelFrame, direction=DOWN)
    async def on_cancel(self, frame: CancelFrame) -> None:
        """Be silent at once: the call is over, so what was written and not yet played will not be heard."""
        self._fall_silent(written_is_heard=False)
        await self._let_go_now()

    @handles(DataFrame, ControlFrame, direction=DOWN, consume=True)
    async def on_ordered(self, frame: Frame) -> None:
        frame = self.audible(frame)
        if isinstance(frame, OutputAudioRawFrame):
            self._play(frame)
        elif isinstance(frame, MixerUpdateSettingsFrame | MixerEnableFrame):
            await self._set_mixer(frame)
        elif isinstance(frame, TTSWordsFrame):
            self.ledger.time_words(frame.segment, frame.words)
        elif isinstance(frame, TTSStoppedFrame) and self._queue.empty:
            self._note(Played(self._last_audio_end, frame=frame))
        elif isinstance(frame, TTSStartedFrame) or (self._queue.empty and not self._going_out):
            await self._pass(frame)
            if isinstance(frame, LLMFullResponseEndFrame):
                self._reply_over()
        else:
            self._queue.add_frame(frame)
            if not self._queue.has_audio and self._paced is None:
                self._start_pacing()

    async def _set_mixer(self, frame: MixerUpdateSettingsFrame | MixerEnableFrame) -> None:
        """Change the sound under the voice (AUD-06); what it cannot mean is reported, and the sound stays as it is."""
        if self._mixer is None:
            return
        try:
            if isinstance(frame, MixerEnableFrame):
                self._mixer.enable(frame.enable)
            else:
                self._mixer.update(frame.settings)
        except EngineError as error:
            await self.push_error(error.message, error)
        if self._paced is None and self._mixer.sounding:
            self._start_pacing()

    async def _pass(self, frame: Frame) -> None:
        if isinstance(frame, OutputTransportMessageFrame):
            await self.write_message(frame.message)
        elif isinstance(frame, OutputDTMFFrame):
            await self.write_dtmf(frame.button)
        else:
            await self.push_frame(frame)

    def _play(self, frame: OutputAudioRawFrame) -> None:
        if not self.params.audio_out_enabled:
            return
        segment = frame.segment if isinstance(frame, TTSAudioRawFrame) else None
        held = self.ledger.segment(segment) if segment is not None else None
        if not frame.audio or (segment is not None and (held is None or held.cut)):
            return
        pcm = stereo_to_mono(frame.audio) if frame.num_channels == 2 else frame.audio
        if frame.sample_rate != self.sample_rate:
            pcm = self._resampler(frame.sample_rate).process(pcm)
        if segment is not None:
            self.ledger.sent(segment, len(pcm) / 2 / self.sample_rate)
        self._queue.add_audio(pcm, segment)
        if self._paced is None or self._queue.due < self.clock.now():
            self._start_pacing()

    def _resampler(self, rate: int) -> Resampler:
        if rate not in self._resamplers:
            self._resamplers[rate] = Resampler(rate, self.sample_rate)
        return self._resamplers[rate]

    # -- playing ------------------------------------------------------------------------------------------------------

    def _start_pacing(self) -> None:
        self._disarm()
        now = self.clock.now()
        if self._queue.due < now:
            self._queue.due = now
        if self._paced is None:
            self._paced = Pacer.of().add(self._tick)
        self._tick(0.0)

    def _stop_pacing(self) -> None:
        if self._paced is not None:
            self._paced.cancel()
            self._paced = None

    def _tick(self, _: float) -> None:
        """Play; an output that cannot write any more ends the call."""
        try:
            self._play_due()
        except Exception as error:
            self._stop_pacing()
            said = error.message if isinstance(error, EngineError) else f"{self.name} cannot play."
            self.create_task(self.push_error(said, error, fatal=True), f"{self.name} failure")
            raise

    def _play_due(self) -> None:
        """Write what is due within the lead, and let go what was heard."""
        now = self.clock.now()
        queue = self._queue
        while (queue.has_block and queue.due - self._lead <= now + 1e-9) or (
            queue.has_audio and queue.due <= now + 1e-9
        ):
            if queue.due < now - self._lead:
                queue.due = now
            self._write(queue.take_block())
        if not queue.has_audio:
            queue.let_frames_go()
        for played in queue.heard(now):
            self._note(played)
        if self._mixer is not None:
            self._fill_pauses(now)
        if queue.empty:
            if self._mixer is None or not self._mixer.sounding:
                self._stop_pacing()
            if self._speaking and self._quiet_timer is None:
                self._arm()

    def _fill_pauses(self, now: float) -> None:
        """Write the mixer's sound where the bot says nothing; such blocks are neither speech nor heard words."""
        queue = self._queue
        while not queue.has_audio and self._mixer is not None and self._mixer.sounding:
            if queue.due < now - self._lead:
                queue.due = now
            if queue.due - self._lead > now + 1e-9:
                break
            self._send(Block(bytes(queue.block_bytes), queue.due))
            queue.due += BLOCK_SECS

    def _write(self, block: Block) -> None:
        if not self._speaking:
            self._speaking = True
            self._out(BotStartedSpeakingFrame(block.due), None)
            self.journal.record("bot.started", {"at": round(block.due, 4)})
        self._send(block)
        self._last_audio_end = block.due + BLOCK_SECS
        self._blocks += 1
        if self._blocks % SPEAKING_EVERY == 1:
            self._out(BotSpeakingFrame(), UP)
        self.setup_data.progress()

    def _send(self, block: Block) -> None:
        """Write a block, with the mixer's sound under it, and show it to the recorder."""
        pcm = block.pcm if self._mixer is None else self._mixer.mix(block.pcm)
        self.write_audio(pcm)
        self._out(OutputAudioRawFrame(pcm, self.sample_rate, 1, block.due), DOWN)

    def _note(self, played: Played) -> None:
        """Commit what was heard to the ledger and let the words, or the frame, go on."""
        if played.segment is not None:
            for word in self.ledger.heard(played.segment, played.upto, played.at - played.upto):
                self._out(TTSTextFrame(word.text, False, played.segment, word.at, word.end, word.estimated), DOWN)
        if isinstance(played.frame, TTSStoppedFrame) and played.frame.segment is not None:
            self._finish(played.frame.segment, played.at)
        if played.frame is not None:
            self._out(played.frame, DOWN)
        if isinstance(played.frame, LLMFullResponseEndFrame):
            self._reply_over()

    def _finish(self, segment: int, at: float) -> None:
        held = self.ledger.segment(segment)
        if held is None:
            return
        for word in self.ledger.finish(segment, at - held.heard_s):
            self._out(TTSTextFrame(word.text, False, segment, word.at, word.end, word.estimated), DOWN)
        self._queue.forget(segment)

    # -- silence ------------------------------------------------------------------------------------------------------

    def _reply_over(self) -> None:
        if self._speaking and not self._queue.has_audio:
            self._stopped(interrupted=False, at=self._last_audio_end)

    def _arm(self) -> None:
        self._disarm()
        self._quiet_timer = self.clock.call_later(self.params.bot_stop_secs, self._quiet)

    def _disarm(self) -> None:
        if self._quiet_timer is not None:
            self._quiet_timer.cancel()
            self._quiet_timer = None

    def _quiet(self) -> None:
        self._quiet_timer = None
        if self._speaking and not self._queue.has_audio:
            self._stopped(interrupted=False, at=self._last_audio_end)

    def _stopped(self, *, interrupted: bool, at: float) -> None:
        self._disarm()
        self._speaking = False
        self.journal.record("bot.stopped", {"at": round(at, 4), "interrupted": interrupted})
        self._out(BotStoppedSpeakingFrame(at, interrupted), None)

    def on_interruption(self) -> None:
        """Be silent now: drop what was not written, commit what was, cut the ledger."""
        self._fall_silent(written_is_heard=not self.clearable)
        if self._mixer is not None:
            self._start_pacing()

    def _fall_silent(self, *, written_is_heard: bool) -> None:
        now = self.clock.now()
        end = self._last_audio_end if written_is_heard else min(now, self._last_audio_end)
        self._stop_pacing()
        if self.clearable:
            self.clear()
        for played in self._queue.cut(written_is_heard=written_is_heard, now=now):
            self._note(played)
        self._queue.due = max(now, end)
        for resampler in self._resamplers.values():
            resampler.reset()
        self.ledger.cut()
        if self._speaking:
            self._stopped(interrupted=True, at=end)

    # -- letting frames out -------------------------------------------------------------------------------------------

    def _out(self, frame: Frame, direction: FrameDirection | None) -> None:
        """Line a frame up to be pushed: both ways when ``direction`` is None."""
        self._going_out.append((frame, direction))
        self._wake.set()

    async def _let_out(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self._let_go_now()

    async def _let_go_now(self) -> None:
        while self._going_out:
            frame, direction = self._going_out.popleft()
            if direction is not DOWN:
                await self.push_frame(frame, UP)
            if direction is not UP:
                await self._pass(frame)

"""The output side: paced by the clock, and the only writer of what was heard (DESIGN 1.3, CONF-20, SPCH-10)."""

from __future__ import annotations

from collections.abc import Callable

from bots.engine.audio.pcm import stereo_to_mono
from bots.engine.audio.resampler import Resampler
from bots.engine.core.processor import handles
from bots.engine.errors import EngineError
from bots.engine.frames import (
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
    OutputHoldFrame,
    OutputResumeFrame,
    OutputTransportMessageFrame,
    OutputTransportMessageUrgentFrame,
    StartFrame,
    TTSAudioRawFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
    TTSWordsFrame,
)

from .background import Background
from .bot_speech import BotSpeech
from .heard_words import HeardWords
from .hold import Hold
from .loudspeaker import Loudspeaker
from .outgoing import Outgoing
from .pacer import Pacer, PacerHandle
from .params import TransportParams
from .playout import BLOCK_SECS, Block, Played, PlayoutQueue

DOWN, UP = FrameDirection.DOWNSTREAM, FrameDirection.UPSTREAM


class _Resamplers(dict[int, Resampler]):
    """One for each rate that comes."""

    def __init__(self, make: Callable[[int], Resampler]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, rate: int) -> Resampler:
        found = self[rate] = self._make(rate)
        return found


class BaseOutputTransport(Loudspeaker):
    """Plays audio block by block when it is due and lets everything behind it go on when it was heard.

    Concrete transports implement :meth:`write_audio` and :meth:`write_message`, and what else their far end can do.
    """

    def __init__(self, params: TransportParams, *, name: str | None = None) -> None:
        super().__init__(name=name)
        self.params = params
        self.sample_rate = params.audio_out_sample_rate or 0
        self._queue = PlayoutQueue(self.sample_rate or 24000)
        self._resamplers = _Resamplers(lambda rate: Resampler(rate, self.sample_rate))
        self._lead = params.audio_out_lead_secs
        self._background = Background(params.audio_out_mixer)
        self._paced: PacerHandle | None = None
        self._outgoing = Outgoing(up=lambda frame: self.push_frame(frame, UP), down=self._pass)
        self._out = self._outgoing.put
        self._speech = BotSpeech(self, self._out, params.bot_stop_secs)
        self._hold = Hold(self, self._go_on)

    async def start(self, frame: StartFrame) -> None:
        self.sample_rate = self.sample_rate or frame.audio_out_sample_rate
        self._queue = PlayoutQueue(self.sample_rate)
        self._words = HeardWords(self.ledger, self._out)
        self.create_task(self._outgoing.run(), f"{self.name} playout")
        await self._background.start(self.sample_rate)

    async def cleanup(self) -> None:
        """Commit what was heard, where no cancel frame reached this place."""
        self._fall_silent(written_is_heard=False)
        self._outgoing.clear()
        self._speech.disarm()
        await self._background.stop()

    # -- frames that arrive -------------------------------------------------------------------------------------------

    @handles(StartFrame, direction=DOWN)
    async def on_start(self, frame: StartFrame) -> None:
        """Let the mixer's sound begin with the call."""
        if self._background.sounding:
            self._start_pacing()

    @handles(OutputTransportMessageUrgentFrame, direction=DOWN, consume=True)
    async def on_urgent_message(self, frame: OutputTransportMessageUrgentFrame) -> None:
        await self.write_message(frame.message)

    @handles(InterruptionFrame, direction=DOWN)
    async def on_cut(self, frame: InterruptionFrame) -> None:
        """Tell what was heard before anybody hears of the interruption itself."""
        await self._outgoing.push_all()

    @handles(CancelFrame, direction=DOWN)
    async def on_cancel(self, frame: CancelFrame) -> None:
        """Be silent at once: the call is over, so what was written and not yet played will not be heard."""
        self._fall_silent(written_is_heard=False)
        await self._outgoing.push_all()

    @handles(DataFrame, ControlFrame, direction=DOWN, consume=True)
    async def on_ordered(self, frame: Frame) -> None:
        if isinstance(frame, OutputDTMFFrame) and not self.sends_keys:
            self._play(self.audible(frame), lasting=True)
        elif isinstance(frame, OutputAudioRawFrame):
            self._play(frame)
        elif isinstance(frame, MixerUpdateSettingsFrame | MixerEnableFrame):
            await self._set_mixer(frame)
        elif isinstance(frame, TTSWordsFrame):
            self.ledger.time_words(frame.segment, frame.words)
        elif isinstance(frame, TTSStoppedFrame) and self._queue.empty:
            self._note(Played(self._speech.end, frame=frame))
        elif isinstance(frame, TTSStartedFrame) or (self._queue.empty and not self._outgoing):
            await self._pass(frame)
            if isinstance(frame, LLMFullResponseEndFrame):
                self._reply_over()
        else:
            self._queue.add_frame(frame)
            if not self._queue.has_audio and self._paced is None:
                self._start_pacing()

    async def _set_mixer(self, frame: MixerUpdateSettingsFrame | MixerEnableFrame) -> None:
        try:
            self._background.change(frame)
        except EngineError as error:
            await self.push_error(error.message, error)
        if self._paced is None and self._background.sounding:
            self._start_pacing()

    async def _pass(self, frame: Frame) -> None:
        if isinstance(frame, OutputTransportMessageFrame):
            await self.write_message(frame.message)
        elif isinstance(frame, OutputDTMFFrame):
            await self.write_dtmf(frame.button)
        else:
            await self.push_frame(frame)

    def _play(self, frame: OutputAudioRawFrame, *, lasting: bool = False) -> None:
        if not self.params.audio_out_enabled:
            return
        segment = frame.segment if isinstance(frame, TTSAudioRawFrame) else None
        held = self.ledger.segment(segment) if segment is not None else None
        if not frame.audio or (segment is not None and (held is None or held.cut)):
            return
        pcm = stereo_to_mono(frame.audio) if frame.num_channels == 2 else frame.audio
        if frame.sample_rate != self.sample_rate:
            pcm = self._resamplers[frame.sample_rate].process(pcm)
        if segment is not None:
            self.ledger.sent(segment, len(pcm) / 2 / self.sample_rate)
        self._queue.add_audio(pcm, segment, lasting=lasting)
        if self._paced is None or self._queue.due < self.clock.now():
            self._start_pacing()

    # -- playing ------------------------------------------------------------------------------------------------------

    def _start_pacing(self) -> None:
        self._speech.disarm()
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
        while not self._hold and (
            (queue.has_block and queue.due - self._lead <= now + 1e-9) or (queue.has_audio and queue.due <= now + 1e-9)
        ):
            if queue.due < now - self._lead:
                queue.due = now
            self._write(queue.take_block())
        if not queue.has_audio:
            queue.let_frames_go()
        for played in queue.heard(self.heard_until(now)):
            self._note(played)
        over = not queue.has_audio and (queue.due - BLOCK_SECS <= now + 1e-9 or queue.empty)
        if over and not self._background.sounding:
            self.sound_ends()
        self._fill_pauses(now)
        if queue.empty:
            if not self._background.sounding:
                self._stop_pacing()
            self._speech.arm(self._reply_over)

    def _fill_pauses(self, now: float) -> None:
        """Write the mixer's sound where the bot says nothing; such blocks are neither speech nor heard words."""
        queue = self._queue
        silent = self._hold or not queue.has_audio
        while silent and self._background.sounding:
            if queue.due < now - self._lead:
                queue.due = now
            if queue.due - self._lead > now + 1e-9:
                break
            self._send(Block(bytes(queue.block_bytes), queue.due))
            queue.due += BLOCK_SECS

    def _write(self, block: Block) -> None:
        self._speech.sounds(block.due)
        self._send(block)

    def _send(self, block: Block) -> None:
        """Write a block, with the mixer's sound under it, and show it to the recorder."""
        pcm = self._background.mix(block.pcm)
        self.writing_due = block.due
        self.write_audio(pcm)
        if self.params.echo is not None:
            self.params.echo.played(pcm, self.sample_rate, block.due)
        self._out(OutputAudioRawFrame(pcm, self.sample_rate, 1, block.due), DOWN)

    def _note(self, played: Played) -> None:
        """Commit what was heard to the ledger and let the words, or the frame, go on."""
        self._words.note(played, self._queue)
        if isinstance(played.frame, LLMFullResponseEndFrame):
            self._reply_over()

    def _reply_over(self) -> None:
        if not self._queue.has_audio:
            self._speech.stop(interrupted=False, at=self._speech.end)

    def on_interruption(self) -> None:
        """Be silent now: drop what was not written, commit what was, cut the ledger."""
        self._fall_silent(written_is_heard=not self.clearable)
        if self._background.sounding or self._queue.has_audio:
            self._start_pacing()

    def _fall_silent(self, *, written_is_heard: bool) -> None:
        now = self.clock.now()
        heard = self.silence_far_end(now)
        end = self._speech.end if written_is_heard else min(heard, self._speech.end)
        self._stop_pacing()
        self._hold.end()
        for played in self._queue.cut(written_is_heard=written_is_heard, now=heard):
            self._note(played)
        self._queue.due = max(now, end)
        for resampler in self._resamplers.values():
            resampler.reset()
        self.ledger.cut()
        self._speech.stop(interrupted=True, at=end)

    # -- holding ------------------------------------------------------------------------------------------------------

    @handles(OutputHoldFrame, direction=DOWN, consume=True)
    async def on_hold(self, frame: OutputHoldFrame) -> None:
        """Stop at this sample; what was written is taken back where the far end can clear it (lessons T4)."""
        if self._hold or not self._speech.speaking:
            return
        if self.clearable:
            unplayed = self.clear()
            end = self.clock.now() if unplayed is None else self._queue.due - unplayed
            self._queue.take_back(end)
            self._speech.end = min(end, self._speech.end)
            if self.params.echo is not None:
                self.params.echo.cut(end)
        self._hold.begin(self._speech.end)

    @handles(OutputResumeFrame, direction=DOWN, consume=True)
    async def on_resume(self, frame: OutputResumeFrame) -> None:
        """Go on with the next sample."""
        self._go_on()

    def _go_on(self) -> None:
        if self._hold.end():
            self.journal.record("bot.resumed", {"at": round(max(self._queue.due, self.clock.now()), 4)})
            self._start_pacing()

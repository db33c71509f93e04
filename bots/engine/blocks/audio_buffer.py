"""Recording for a bot's own code: merged audio, tracks and turns by events (REC-01…12)."""

from __future__ import annotations

from bots.engine.audio.pcm import interleave, mix
from bots.engine.checks import Checks
from bots.engine.core.processor import FrameProcessor, handles
from bots.engine.errors import PipelineError
from bots.engine.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    CancelFrame,
    EndFrame,
    FrameDirection,
    InputAudioRawFrame,
    OutputAudioRawFrame,
    StartFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)

from .track import Track

DOWN = FrameDirection.DOWNSTREAM
SETTLING_SECS = 0.2
"""How long after its end a stretch of audio may still arrive: output is written ahead, input comes late."""


class BufferSettingsWrong(PipelineError, ValueError):
    """An audio buffer was asked for something that it cannot mean."""

    code = "recording.settings"
    owner = "author"
    next_step = "Mend the parameter that the sentence names."


class AudioBufferProcessor(FrameProcessor):
    """Gathers the caller's audio and the bot's, aligned in time; place it after ``transport.output()`` (REC-11).

    ``sample_rate`` in Hz (None: the pipeline's output rate), ``num_channels`` 1 = mixed, 2 = caller left and bot right,
    ``buffer_size`` bytes of a track per event (0: one event at the end; REC-08: either track that gets there flushes
    both, padded to equal length), ``enable_turn_audio`` for events per turn, ``user_continuous_stream`` False where the
    caller's audio comes in bursts without timestamps and is to be joined without the gaps (REC-12). Nothing is kept
    before :meth:`start_recording`.

    Events: ``on_audio_data(buffer, audio, sample_rate, num_channels)``, ``on_track_audio_data(buffer, user_audio,
    bot_audio, sample_rate, num_channels)``, ``on_user_turn_audio_data`` and ``on_bot_turn_audio_data`` ``(buffer,
    audio, sample_rate, num_channels)``; audio is s16le (REC-06).
    """

    def __init__(
        self,
        sample_rate: int | None = None,
        num_channels: int = 1,
        buffer_size: int = 0,
        enable_turn_audio: bool = False,
        *,
        user_continuous_stream: bool = True,
        name: str | None = None,
    ) -> None:
        super().__init__(name=name)
        check = Checks(BufferSettingsWrong)
        check.rates(sample_rate=sample_rate)
        check.whole(1, num_channels=num_channels)
        if num_channels > 2:
            raise BufferSettingsWrong("num_channels must be 1 (mixed) or 2 (caller left, bot right).")
        check.whole(0, buffer_size=buffer_size)
        if buffer_size % 2:
            raise BufferSettingsWrong("buffer_size must be 0 or an even number of bytes.")
        check.flags(enable_turn_audio=enable_turn_audio, user_continuous_stream=user_continuous_stream)
        self._wanted_rate, self._num_channels, self._buffer_size = sample_rate, num_channels, buffer_size
        self._turns, self._continuous = enable_turn_audio, user_continuous_stream
        self._rate = sample_rate or 0
        self._recording = False
        self._begun_at = 0.0
        self._user, self._bot = Track(0), Track(0)

    @property
    def sample_rate(self) -> int:
        """The rate of what the events bring, in Hz; 0 before the start."""
        return self._rate

    @property
    def num_channels(self) -> int:
        """1 (mixed) or 2 (caller left, bot right)."""
        return self._num_channels

    async def start(self, frame: StartFrame) -> None:
        self._rate = self._wanted_rate or frame.audio_out_sample_rate

    async def start_recording(self) -> None:
        """Begin anew; what was not flushed is dropped (REC-05)."""
        self._begun_at = self.clock.now()
        self._user, self._bot = Track(self._rate), Track(self._rate)
        self._recording = True

    async def stop_recording(self) -> None:
        """End, and hand out what is left."""
        if self._recording:
            self._recording = False
            await self._flush(max(self._user.finish(), self._bot.finish()))

    def has_audio(self) -> bool:
        """Whether both tracks hold something."""
        return bool(self._user) and bool(self._bot)

    @handles(InputAudioRawFrame, direction=DOWN)
    async def on_user_audio(self, frame: InputAudioRawFrame) -> None:
        if self._recording:
            at = frame.at if self._continuous else None
            self._user.add(frame.audio, frame.sample_rate, None if at is None else at - self._begun_at)
            await self._flush_full()

    @handles(OutputAudioRawFrame, direction=DOWN)
    async def on_bot_audio(self, frame: OutputAudioRawFrame) -> None:
        if self._recording:
            at = self.clock.now() if frame.at is None else frame.at
            self._bot.add(frame.audio, frame.sample_rate, at - self._begun_at)
            await self._flush_full()

    @handles(EndFrame, CancelFrame, direction=DOWN)
    async def on_end(self, frame: EndFrame | CancelFrame) -> None:
        await self.stop_recording()

    # -- flushing ------------------------------------------------------------------------------------------------------

    async def _flush_full(self) -> None:
        """Hand out a full buffer as soon as nothing can be missing from it any more."""
        size = self._buffer_size // 2
        while size and max(self._user.samples, self._bot.samples) >= size:
            end = self._begun_at + (self._bot.begin + size) / self._rate
            if self.clock.now() < end + SETTLING_SECS:
                return
            await self._flush(size)

    async def _flush(self, samples: int) -> None:
        user, bot = self._user.take(samples), self._bot.take(samples)
        if not samples:
            return
        merged = mix(user, bot) if self._num_channels == 1 else interleave(user, bot)
        await self.emit("on_audio_data", merged, self._rate, self._num_channels)
        await self.emit("on_track_audio_data", user, bot, self._rate, 1)

    # -- turns ---------------------------------------------------------------------------------------------------------

    @handles(UserStartedSpeakingFrame, direction=DOWN)
    async def on_user_started(self, frame: UserStartedSpeakingFrame) -> None:
        self._begin_turn(self._user, frame.at)

    @handles(UserStoppedSpeakingFrame, direction=DOWN)
    async def on_user_stopped(self, frame: UserStoppedSpeakingFrame) -> None:
        await self._end_turn(self._user, "on_user_turn_audio_data")

    @handles(BotStartedSpeakingFrame, direction=DOWN)
    async def on_bot_started(self, frame: BotStartedSpeakingFrame) -> None:
        self._begin_turn(self._bot, frame.at)

    @handles(BotStoppedSpeakingFrame, direction=DOWN)
    async def on_bot_stopped(self, frame: BotStoppedSpeakingFrame) -> None:
        await self._end_turn(self._bot, "on_bot_turn_audio_data")

    def _begin_turn(self, track: Track, at: float | None) -> None:
        if self._recording and self._turns:
            track.begin_turn((self.clock.now() if at is None else at) - self._begun_at)

    async def _end_turn(self, track: Track, event: str) -> None:
        if self._recording and self._turns and (audio := track.end_turn()):
            await self.emit(event, audio, self._rate, 1)

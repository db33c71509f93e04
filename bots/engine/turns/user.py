"""The user's side of the context: what the caller said becomes a message, and the message asks for a reply (CTX-04)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bots.engine.core.processor import handles
from bots.engine.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    Frame,
    FrameDirection,
    InputAudioRawFrame,
    InterimTranscriptionFrame,
    InterruptionFrame,
    LLMConfigureOutputFrame,
    LLMContextFrame,
    OutputHoldFrame,
    OutputResumeFrame,
    StartFrame,
    STTMuteFrame,
    TranscriptionFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
    UserTextFrame,
    VADUserStartedSpeakingFrame,
    VADUserStoppedSpeakingFrame,
)

from .context_frames import ContextEditor
from .idle import IdleTimer
from .params import LLMUserAggregatorParams, TurnNumbers
from .policies import start_for, stop_for
from .user_mute import WATCHED, MuteGate
from .utterances import Disposition, Utterances

if TYPE_CHECKING:
    from bots.engine.context.context import LLMContext

DOWN, UP = FrameDirection.DOWNSTREAM, FrameDirection.UPSTREAM
GIVE_UP_SECS = 3.0
"""After this much longer, a text that never came is not waited for."""


class LLMUserAggregator(ContextEditor):
    """Collects transcriptions of a turn and, when it is over, adds the message and pushes the context.

    The caller's first sound interrupts the bot at once, unless strategies are set: then words over the bot's voice are
    collected and judged when the caller stops; what does not interrupt is discarded, not queued (TURN-14, TURN-18).
    ``params`` may choose the two-step barge-in or the newer turn strategies instead (TURN-27). Every utterance gets
    one disposition. Events: ``on_user_turn(text, disposition, turn)``, ``on_user_turn_idle()``,
    ``on_user_mute_changed(muted, reasons)``.
    """

    def __init__(
        self,
        context: LLMContext,
        *,
        params: LLMUserAggregatorParams | None = None,
        numbers: TurnNumbers | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(context, name=name)
        self._params = params or LLMUserAggregatorParams()
        self._numbers = numbers or TurnNumbers()
        self._finals: list[TranscriptionFrame] = []
        self.voiced = self.bot_speaking = False
        self._partial: InterimTranscriptionFrame | None = None
        self._utterance: tuple[float | None, float | None] = (None, None)
        self._answered_early: float | None = None
        self._silent = self._unheard = False

    async def start(self, frame: StartFrame) -> None:
        params = self._params
        self._start = start_for(self, params, frame, self.create_task)
        self._stop = stop_for(self, params, self.create_task)
        self._utterances = Utterances(self.journal)
        self._gate = MuteGate(params.user_mute_strategies, self.journal) if params.user_mute_strategies else None
        self._idle = IdleTimer(
            self.clock, params.user_idle_timeout, lambda: self.emit("on_user_turn_idle"), self.create_task
        )

    async def cleanup(self) -> None:
        if hasattr(self, "_utterances"):
            self._start.close()
            self._stop.close()
            self._idle.stop()
            self._utterances.settle("discarded", "call_ended")

    # -- what starts and stops are told and may do --------------------------------------------------------------------

    @property
    def has_text(self) -> bool:
        """Whether a final text of the turn is there."""
        return bool(self._finals)

    @property
    def silent_secs(self) -> float:
        """Seconds since the caller's last sound."""
        end = self._utterance[1]
        return 0.0 if end is None else max(0.0, self.clock.now() - end)

    async def hold(self) -> None:
        """Stop the bot's voice at this sample (lessons T4)."""
        await self.push_frame(OutputHoldFrame())

    async def resume(self) -> None:
        """Let the bot's voice go on where it was held."""
        await self.push_frame(OutputResumeFrame())

    # -- who speaks ---------------------------------------------------------------------------------------------------

    @handles(StartFrame, direction=DOWN)
    async def on_start(self, frame: StartFrame) -> None:
        """Tell of a mute that is there from the start."""
        if self._gate is not None and self._gate.muted:
            self._gate.note()
            await self._tell_mute(self._gate)

    @handles(BotStartedSpeakingFrame, direction=UP)
    async def on_bot_started(self, frame: BotStartedSpeakingFrame) -> None:
        self.bot_speaking = True
        self._idle.stop()

    @handles(BotStoppedSpeakingFrame, direction=UP)
    async def on_bot_stopped(self, frame: BotStoppedSpeakingFrame) -> None:
        self.bot_speaking = False
        if not self.voiced:
            self._idle.begin()

    @handles(InterruptionFrame, direction=DOWN)
    async def on_interrupted(self, frame: InterruptionFrame) -> None:
        """The bot was cut off: by speech, or by a request from elsewhere (TURN-21)."""
        await self._start.interrupted()

    @handles(UserStartedSpeakingFrame)
    async def on_user_started(self, frame: UserStartedSpeakingFrame) -> None:
        if self._gate is not None and not self._gate.starts(frame.at):
            return
        if self._unheard:
            self._settle("discarded", "no_words")
        self.voiced = True
        self._idle.stop()
        self._partial, self._utterance = None, (frame.at, None)
        self._utterances.begin(frame.at)
        await self._stop.voice_started()
        await self._start.voice(frame.at)

    @handles(UserStoppedSpeakingFrame)
    async def on_user_stopped(self, frame: UserStoppedSpeakingFrame) -> None:
        if self._gate is not None and not self._gate.stops(frame.last_voiced_at):
            return
        await self._voice_over(frame.last_voiced_at)

    async def _voice_over(self, last_voiced_at: float | None) -> None:
        self.voiced = False
        self._utterance = (self._utterance[0], last_voiced_at)
        self._utterances.end(last_voiced_at)
        await self._start.paused(last_voiced_at)
        await self._stop.voice_stopped()
        if not self.bot_speaking:
            self._idle.begin()

    @handles(VADUserStoppedSpeakingFrame)
    async def on_pause(self, frame: VADUserStoppedSpeakingFrame) -> None:
        if self.voiced:
            await self._start.paused(frame.last_voiced_at)

    @handles(VADUserStartedSpeakingFrame)
    async def on_resume(self, frame: VADUserStartedSpeakingFrame) -> None:
        if self.voiced:
            await self._start.resumed()

    @handles(*WATCHED, direction=UP)
    async def on_watched(self, frame: Frame) -> None:
        """Let the mute strategies see the bot and its function calls (TURN-25)."""
        if self._gate is not None and await self._gate.follow(frame):
            await self._tell_mute(self._gate)

    async def _tell_mute(self, gate: MuteGate) -> None:
        if gate.muted and gate.inside:
            gate.inside = False
            await self._voice_over(self.clock.now())
        await self.push_frame(STTMuteFrame(gate.muted), UP)
        await self.emit("on_user_mute_changed", gate.muted, gate.reasons)

    # -- what is understood -------------------------------------------------------------------------------------------

    @handles(TranscriptionFrame, consume=True)
    async def on_transcription(self, frame: TranscriptionFrame) -> None:
        muted = self._gate is not None and self._gate.muted
        if muted or not frame.text.strip() or (frame.at is not None and frame.at == self._answered_early):
            return
        self._finals.append(frame)
        await self._start.text(frame.text, final=True)
        await self._stop.text_came()

    @handles(InterimTranscriptionFrame, consume=True)
    async def on_interim(self, frame: InterimTranscriptionFrame) -> None:
        """Keep the newest partial, which stands in for a final text that is late; an empty one takes it back."""
        if self._gate is not None and self._gate.muted:
            return
        self._partial = frame if frame.text.strip() else None
        if self._partial is not None:
            await self._start.text(frame.text, final=False)
        elif not self.voiced and not self._finals and self._utterances.waiting:
            self._stop.close()
            await self._nothing_understood()
            self._settle("discarded", "no_words")

    async def text_is_late(self) -> None:
        """Answer what was understood so far; the final text of this utterance is only journaled when it comes."""
        if self.voiced:
            return
        if self._finals:
            await self.turn_over()
            return
        if self._partial is None:
            await self._nothing_understood()
            self._unheard = True
            await self.clock.sleep(GIVE_UP_SECS)
            if self._unheard:
                self._settle("discarded", "no_words")
            return
        partial, (at, end) = self._partial, self._utterance
        self._partial, self._answered_early = None, at
        self._finals.append(
            TranscriptionFrame(partial.text, partial.user_id, partial.timestamp, partial.language, at, end)
        )
        await self.turn_over()

    async def _nothing_understood(self) -> None:
        await self._start.verdict("")

    # -- a turn is over -----------------------------------------------------------------------------------------------

    async def turn_over(self) -> None:
        """Judge what was said over the bot, and answer what is a turn."""
        self._stop.close()
        self._partial = None
        finals, self._finals = self._finals, []
        text = " ".join(final.text.strip() for final in finals)
        at, end = finals[0].at, finals[-1].end
        disposition, reason = await self._start.verdict(text)
        number = await self._keep(text, at, end, disposition)
        self._settle(disposition, reason, number)
        if disposition == "turn":
            self.context.add_message({"role": "user", "content": text})
            await self._speak_answers(True)
            await self.push_frame(LLMContextFrame(self.context))

    def _settle(self, disposition: Disposition, reason: str, number: int | None = None) -> None:
        self._unheard = False
        self._utterances.settle(disposition, reason, number)

    async def _keep(
        self, text: str, at: float | None, end: float | None, disposition: str, source: str = "voice"
    ) -> int:
        now, number = round(self.clock.now(), 4), self._numbers.next()
        self.journal.record(
            "user.turn",
            {"turn": number, "text": text, "at": now if at is None else round(at, 4),
             "end": now if end is None else round(end, 4), "source": source, "disposition": disposition},
        )  # fmt: skip
        await self.emit("on_user_turn", text, disposition, number)
        return number

    @handles(UserTextFrame, consume=True)
    async def on_text(self, frame: UserTextFrame) -> None:
        if frame.run_immediately:
            await self.interrupt("user_text")
        await self._keep(frame.text, None, None, "turn", "text")
        self.context.add_message({"role": "user", "content": frame.text})
        if frame.run_immediately:
            await self._speak_answers(frame.audio_response)
            await self.push_frame(LLMContextFrame(self.context))

    async def _speak_answers(self, aloud: bool) -> None:
        """Have the next answer spoken or only shown, as whoever asks wants it."""
        if self._silent is aloud:
            self._silent = not aloud
            await self.push_frame(LLMConfigureOutputFrame(skip_tts=self._silent))


class ListeningUserAggregator(LLMUserAggregator):
    """A user aggregator whose strategies also hear the caller's audio (TURN-16, TURN-27)."""

    @handles(InputAudioRawFrame)
    async def on_audio(self, frame: InputAudioRawFrame) -> None:
        if self.voiced:
            await self._start.audio(frame.audio, frame.sample_rate)
        if self._stop.hears_audio:
            await self._stop.audio(frame.audio, frame.sample_rate)

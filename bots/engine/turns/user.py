"""The user's side of the context: what the caller said becomes a message, and the message asks for a reply (CTX-04)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bots.engine.core.processor import FrameProcessor, handles
from bots.engine.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    FrameDirection,
    InputAudioRawFrame,
    InterimTranscriptionFrame,
    LLMConfigureOutputFrame,
    LLMContextFrame,
    LLMMessagesAppendFrame,
    LLMMessagesFrame,
    LLMMessagesUpdateFrame,
    LLMRunFrame,
    LLMSetToolsFrame,
    StartFrame,
    TranscriptionFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
    UserTextFrame,
)

from .params import LLMUserAggregatorParams, TurnNumbers
from .strategies import BaseInterruptionStrategy

if TYPE_CHECKING:
    from bots.engine.context.context import LLMContext

DOWN, UP = FrameDirection.DOWNSTREAM, FrameDirection.UPSTREAM


class LLMUserAggregator(FrameProcessor):
    """Collects transcriptions of a turn and, when it is over, adds the message and pushes the context.

    The caller's first sound interrupts the bot at once, unless strategies are set: then words over the bot's voice are
    collected and judged when the caller stops; what does not interrupt is discarded, not queued (TURN-14, TURN-18).
    Event: ``on_user_turn(text, disposition, turn)``.
    """

    def __init__(
        self,
        context: LLMContext,
        *,
        params: LLMUserAggregatorParams | None = None,
        numbers: TurnNumbers | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(name=name)
        self.context = context
        self._params = params or LLMUserAggregatorParams()
        self._numbers = numbers or TurnNumbers()
        self._allow = True
        self._strategies: Sequence[BaseInterruptionStrategy] = ()
        self._finals: list[TranscriptionFrame] = []
        self._speaking = self._bot_speaking = False
        self._over_bot = False
        self._awaiting: asyncio.TimerHandle | None = None
        self._partial: InterimTranscriptionFrame | None = None
        self._utterance: tuple[float | None, float | None] = (None, None)
        self._answered_early: float | None = None
        self._silent = False

    async def start(self, frame: StartFrame) -> None:
        self._allow = frame.allow_interruptions
        self._strategies = frame.interruption_strategies

    async def cleanup(self) -> None:
        self._stop_waiting()

    def get_context_frame(self) -> LLMContextFrame:
        """Return a frame that runs the model on the context as it stands (CTX-09)."""
        return LLMContextFrame(self.context)

    # -- who speaks ---------------------------------------------------------------------------------------------------

    @handles(BotStartedSpeakingFrame, direction=UP)
    async def on_bot_started(self, frame: BotStartedSpeakingFrame) -> None:
        self._bot_speaking = True

    @handles(BotStoppedSpeakingFrame, direction=UP)
    async def on_bot_stopped(self, frame: BotStoppedSpeakingFrame) -> None:
        self._bot_speaking = False

    @handles(UserStartedSpeakingFrame)
    async def on_user_started(self, frame: UserStartedSpeakingFrame) -> None:
        self._speaking = True
        self._stop_waiting()
        self._partial, self._utterance = None, (frame.at, None)
        self._over_bot = self._bot_speaking and bool(self._strategies)
        await self._reset_strategies()
        if self._allow and not self._over_bot:
            await self.interrupt("user_speech")

    @handles(UserStoppedSpeakingFrame)
    async def on_user_stopped(self, frame: UserStoppedSpeakingFrame) -> None:
        self._speaking = False
        self._utterance = (self._utterance[0], frame.last_voiced_at)
        if self._finals:
            await self._turn_over()
        else:
            self._stop_waiting()
            self._awaiting = self.clock.call_later(self._params.transcript_secs, self._text_is_late)

    @handles(TranscriptionFrame, consume=True)
    async def on_transcription(self, frame: TranscriptionFrame) -> None:
        if not frame.text.strip() or (frame.at is not None and frame.at == self._answered_early):
            return
        self._finals.append(frame)
        for strategy in self._strategies:
            await strategy.append_text(frame.text)
        if not self._speaking:
            await self._turn_over()

    @handles(InterimTranscriptionFrame, consume=True)
    async def on_interim(self, frame: InterimTranscriptionFrame) -> None:
        """Keep the newest partial, which stands in for a final text that is late; an empty one takes it back."""
        self._partial = frame if frame.text.strip() else None

    def _text_is_late(self) -> None:
        """Answer what was understood so far; the final text of this utterance is only journaled when it comes."""
        self._awaiting = None
        if self._partial is None or self._speaking or self._finals:
            return
        partial, (at, end) = self._partial, self._utterance
        self._partial, self._answered_early = None, at
        self._finals.append(
            TranscriptionFrame(partial.text, partial.user_id, partial.timestamp, partial.language, at, end)
        )
        self.create_task(self._turn_over(), f"{self.name} late text")

    def _stop_waiting(self) -> None:
        if self._awaiting is not None:
            self._awaiting.cancel()
            self._awaiting = None

    async def _reset_strategies(self) -> None:
        for strategy in self._strategies:
            await strategy.reset()

    # -- a turn is over -----------------------------------------------------------------------------------------------

    async def _turn_over(self) -> None:
        self._stop_waiting()
        self._partial = None
        finals, self._finals = self._finals, []
        text = " ".join(final.text.strip() for final in finals)
        at, end = finals[0].at, finals[-1].end
        if (self._bot_speaking and not self._over_bot and not self._allow) or (
            self._over_bot and not await self._interrupts()
        ):
            await self._keep(text, at, end, "discarded")
        else:
            await self._keep(text, at, end, "turn")
            self.context.add_message({"role": "user", "content": text})
            await self._speak_answers(True)
            await self.push_frame(LLMContextFrame(self.context))

    async def _interrupts(self) -> bool:
        self._over_bot = False
        verdicts = [self._allow and await strategy.should_interrupt() for strategy in self._strategies]
        await self._reset_strategies()
        if any(verdicts):
            await self.interrupt("strategy")
        return any(verdicts)

    async def _keep(
        self, text: str, at: float | None, end: float | None, disposition: str, source: str = "voice"
    ) -> None:
        now, number = round(self.clock.now(), 4), self._numbers.next()
        self.journal.record(
            "user.turn",
            {"turn": number, "text": text, "at": now if at is None else round(at, 4),
             "end": now if end is None else round(end, 4), "source": source, "disposition": disposition},
        )  # fmt: skip
        await self.emit("on_user_turn", text, disposition, number)

    # -- text and messages --------------------------------------------------------------------------------------------

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

    @handles(LLMRunFrame, consume=True)
    async def on_run(self, frame: LLMRunFrame) -> None:
        await self.push_frame(LLMContextFrame(self.context))

    @handles(LLMMessagesFrame, consume=True)
    async def on_messages(self, frame: LLMMessagesFrame) -> None:
        self.context.set_messages(frame.messages)
        await self.push_frame(LLMContextFrame(self.context))

    @handles(LLMMessagesAppendFrame, consume=True)
    async def on_append(self, frame: LLMMessagesAppendFrame) -> None:
        self.context.add_messages(frame.messages)
        if frame.run_llm:
            await self.push_frame(LLMContextFrame(self.context))

    @handles(LLMMessagesUpdateFrame, consume=True)
    async def on_update(self, frame: LLMMessagesUpdateFrame) -> None:
        self.context.set_messages(frame.messages)
        if frame.run_llm:
            await self.push_frame(LLMContextFrame(self.context))

    @handles(LLMSetToolsFrame, consume=True)
    async def on_tools(self, frame: LLMSetToolsFrame) -> None:
        self.context.set_tools(frame.tools)


class ListeningUserAggregator(LLMUserAggregator):
    """A user aggregator that also lets its strategies hear the caller's audio (TURN-16)."""

    @handles(InputAudioRawFrame)
    async def on_audio(self, frame: InputAudioRawFrame) -> None:
        if self._over_bot and self._speaking:
            for strategy in self._strategies:
                await strategy.append_audio(frame.audio, frame.sample_rate)

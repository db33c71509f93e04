"""A conversation's transcript, message by message (TRN-01…06)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from bots.engine.core.events import EventHandler
from bots.engine.core.processor import FrameProcessor, handles
from bots.engine.frames import (
    BotStoppedSpeakingFrame,
    CancelFrame,
    EndFrame,
    FrameDirection,
    InterruptionFrame,
    TranscriptionFrame,
    TranscriptionMessage,
    TranscriptionUpdateFrame,
    TTSTextFrame,
)

DOWN = FrameDirection.DOWNSTREAM
EVENT = "on_transcript_update"
Side = TypeVar("Side", bound=FrameProcessor)


class UserTranscriptProcessor(FrameProcessor):
    """Tells each final text of a caller as a message; stands behind the recogniser (TRN-04).

    Event: ``on_transcript_update(frame)``, a :class:`TranscriptionUpdateFrame` with the new message (TRN-02).
    """

    @handles(TranscriptionFrame, direction=DOWN)
    async def on_transcription(self, frame: TranscriptionFrame) -> None:
        message = TranscriptionMessage("user", frame.text, frame.timestamp, frame.user_id or None)
        await self.emit(EVENT, TranscriptionUpdateFrame((message,)))


class AssistantTranscriptProcessor(FrameProcessor):
    """Joins the words that were played to whole utterances; stands behind the output (TRN-04, TRN-05).

    An utterance is complete when the bot stops speaking, at an interruption, at the end and at a cancel; its timestamp
    is that of its first word. Event: ``on_transcript_update(frame)`` (TRN-02).
    """

    def __init__(self, *, name: str | None = None) -> None:
        super().__init__(name=name)
        self._words: list[str] = []
        self._began = ""

    @handles(TTSTextFrame, direction=DOWN)
    async def on_word(self, frame: TTSTextFrame) -> None:
        if not self._words:
            self._began = self.clock.timestamp()
        self._words += frame.text.split()

    @handles(BotStoppedSpeakingFrame, InterruptionFrame, EndFrame, CancelFrame, direction=DOWN)
    async def on_silence(self, frame: object) -> None:
        await self._flush()

    async def cleanup(self) -> None:
        await self._flush()

    async def _flush(self) -> None:
        words, self._words = self._words, []
        if words:
            message = TranscriptionMessage("assistant", " ".join(words), self._began)
            await self.emit(EVENT, TranscriptionUpdateFrame((message,)))


class TranscriptProcessor:
    """Makes the processors of both sides, one of each, and registers handlers on both (TRN-01).

    Keeping what they tell is the handler's business: a log, a file, a database (TRN-06). In this product that is done
    by the journal, from which a call's page is projected.
    """

    def __init__(self) -> None:
        self._user: UserTranscriptProcessor | None = None
        self._assistant: AssistantTranscriptProcessor | None = None
        self._handlers: list[tuple[str, EventHandler]] = []

    def user(self, **kwargs: Any) -> UserTranscriptProcessor:
        """Return the processor of the caller's words; arguments count when it is made, at the first call."""
        if self._user is None:
            self._user = self._with_handlers(UserTranscriptProcessor(**kwargs))
        return self._user

    def assistant(self, **kwargs: Any) -> AssistantTranscriptProcessor:
        """Return the processor of the bot's words; arguments count when it is made, at the first call."""
        if self._assistant is None:
            self._assistant = self._with_handlers(AssistantTranscriptProcessor(**kwargs))
        return self._assistant

    def event_handler(self, name: str) -> Callable[[EventHandler], EventHandler]:
        """Decorate an async function ``(processor, frame)`` to hear both sides, before or after they are made."""

        def register(handler: EventHandler) -> EventHandler:
            self._handlers.append((name, handler))
            for side in (self._user, self._assistant):
                if side is not None:
                    side.add_event_handler(name, handler)
            return handler

        return register

    def _with_handlers(self, processor: Side) -> Side:
        for name, handler in self._handlers:
            processor.add_event_handler(name, handler)
        return processor

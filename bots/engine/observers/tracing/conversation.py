"""A call as a trace, read from the frames that pass: conversation › turn › stt, llm, tts, function calls (TRC-02)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from bots.engine.clock import BaseClock
from bots.engine.core.observer import BaseObserver
from bots.engine.core.processor import FrameProcessor
from bots.engine.core.scope import TaskScope
from bots.engine.core.tracing import TracedCall
from bots.engine.frames import (
    ErrorFrame,
    Frame,
    FrameDirection,
    FunctionCallCancelFrame,
    FunctionCallInProgressFrame,
    FunctionCallResultFrame,
    InterruptionFrame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    MetricsFrame,
    TranscriptionFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
    UserStoppedSpeakingFrame,
)
from bots.engine.services.llm import LLMService
from bots.engine.services.stt import STTService
from bots.engine.services.tts import TTSService

from .attributes import (
    conversation_attributes,
    llm_attributes,
    stt_attributes,
    tool_call_attributes,
    tool_result_attributes,
    tts_attributes,
    turn_attributes,
    turn_result,
)
from .measured import Measured
from .realtime import TOOL_CALL
from .spans import SpanWriter

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer

    from bots.engine.context.context import LLMContext

_tracers: WeakKeyDictionary[TaskScope, ConversationTracer]


class ConversationTracer(BaseObserver):
    """Writes the spans of one call; what it cannot see it leaves out, and it never touches a frame.

    Service spans hang under the turn of their time, or under the conversation where turns are not counted.
    """

    patience_secs = None
    frame_types = (
        UserStoppedSpeakingFrame, TranscriptionFrame, LLMContextFrame, LLMFullResponseStartFrame, LLMTextFrame,
        LLMFullResponseEndFrame, TTSStartedFrame, TTSStoppedFrame, FunctionCallInProgressFrame,
        FunctionCallResultFrame, FunctionCallCancelFrame, MetricsFrame, ErrorFrame, InterruptionFrame,
    )  # fmt: skip

    def __init__(self, tracer: Tracer, call: TracedCall) -> None:
        self._call = call
        self._spans = SpanWriter(tracer, call)
        self._conversation: Span | None = None
        self._turn: tuple[Span, float] | None = None
        self._measured = Measured(self._spans)
        self._contexts: dict[FrameProcessor, deque[LLMContext]] = {}
        self._texts: dict[FrameProcessor, list[str]] = {}
        self._voices: dict[tuple[FrameProcessor, int | None], Span] = {}
        self._spoken: dict[FrameProcessor, tuple[Span, float]] = {}
        self._calls: dict[str, Span] = {}
        self._vad = False
        self._follow: dict[type[Frame], Callable[[Any, FrameProcessor, float], None]] = {
            UserStoppedSpeakingFrame: self._caller_stopped,
            TranscriptionFrame: self._transcribed,
            LLMFullResponseStartFrame: self._reply_started,
            LLMTextFrame: self._text_came,
            LLMFullResponseEndFrame: self._reply_ended,
            TTSStartedFrame: self._voice_started,
            TTSStoppedFrame: self._voice_stopped,
            InterruptionFrame: self._interrupted,
        }
        if call.turns is not None:
            call.turns.add_event_handler("on_turn_started", self._turn_started)
            call.turns.add_event_handler("on_turn_ended", self._turn_ended)

    def attach(self, clock: BaseClock, scope: TaskScope) -> None:
        """Begin the conversation's span (TRC-03)."""
        self._conversation = self._spans.begin("conversation", clock.now(), conversation_attributes(self._call))
        _tracers[scope] = self

    def close(self) -> None:
        """End whatever is still open, the conversation last."""
        now = self._call.clock.now()
        self._end_services(now)
        for processor in list(self._texts):
            self._end_reply(processor, now)
        for span in self._calls.values():
            self._spans.end(span, now)
        self._calls.clear()
        if self._turn is not None:
            span, began = self._turn
            self._spans.end(span, now, turn_result(now - began, False))
        if self._conversation is not None:
            self._spans.end(self._conversation, now)
        self._turn = self._conversation = None

    def record(self, name: str, attributes: Mapping[str, Any], began: float, ended: float) -> None:
        """Write a finished span of a service that knows its own times, such as a realtime one; media seconds."""
        self._spans.end(self._spans.begin(name, began, attributes, self._parent), ended)

    @property
    def _parent(self) -> Span | None:
        return self._turn[0] if self._turn is not None else self._conversation

    # -- turns --------------------------------------------------------------------------------------------------------

    async def _turn_started(self, observer: object, number: int) -> None:
        now = self._call.clock.now()
        self._turn = self._spans.begin("turn", now, turn_attributes(self._call, number), self._conversation), now

    async def _turn_ended(self, observer: object, number: int, duration: float, was_interrupted: bool) -> None:
        if self._turn is not None:
            (span, began), self._turn = self._turn, None
            self._spans.end(span, began + duration, turn_result(duration, was_interrupted))

    # -- frames -------------------------------------------------------------------------------------------------------

    async def on_push_frame(
        self,
        src: FrameProcessor,
        dst: FrameProcessor | None,
        frame: Frame,
        direction: FrameDirection,
        timestamp: int,
    ) -> None:
        now = timestamp / 1e9
        if isinstance(frame, LLMContextFrame):
            if isinstance(dst, LLMService):
                self._contexts.setdefault(dst, deque(maxlen=8)).append(frame.context)
        elif isinstance(frame, MetricsFrame):
            self._measured.take(src, frame)
        elif isinstance(frame, ErrorFrame):
            if frame.processor == src.name:
                self._measured.fail(src, frame.code)
        elif isinstance(frame, FunctionCallInProgressFrame | FunctionCallResultFrame | FunctionCallCancelFrame):
            self._function(frame, now)
        elif direction is FrameDirection.DOWNSTREAM:
            follow = next((self._follow[kind] for kind in type(frame).__mro__ if kind in self._follow), None)
            if follow is not None:
                follow(frame, src, now)

    def _caller_stopped(self, frame: UserStoppedSpeakingFrame, src: FrameProcessor, now: float) -> None:
        self._vad = True

    def _transcribed(self, frame: TranscriptionFrame, src: FrameProcessor, now: float) -> None:
        if isinstance(src, STTService):
            attributes = stt_attributes(src, frame, self._measured.waited(src), self._vad)
            self.record("stt", attributes, min(now, frame.at if frame.at is not None else now), now)

    # -- the model ----------------------------------------------------------------------------------------------------

    def _reply_started(self, frame: LLMFullResponseStartFrame, src: FrameProcessor, now: float) -> None:
        if isinstance(src, LLMService):
            waiting = self._contexts.get(src)
            self._begin_reply(src, waiting.popleft() if waiting else None, now)

    def _begin_reply(self, processor: FrameProcessor, context: LLMContext | None, now: float) -> None:
        self._end_reply(processor, now)
        self._texts[processor] = []
        self._measured.begin(processor, self._spans.begin("llm", now, llm_attributes(processor, context), self._parent))

    def _text_came(self, frame: LLMTextFrame, src: FrameProcessor, now: float) -> None:
        if src in self._texts:
            self._texts[src].append(frame.text)

    def _reply_ended(self, frame: LLMFullResponseEndFrame, src: FrameProcessor, now: float) -> None:
        if isinstance(src, LLMService):
            self._end_reply(src, now)

    def _end_reply(self, processor: FrameProcessor, now: float) -> None:
        texts, span = self._texts.pop(processor, None), self._measured.end(processor)
        if texts is not None and span is not None:
            model = getattr(processor, "model_name", None)
            self._spans.end(span, now, {"output": "".join(texts), "gen_ai.request.model": model})

    @contextmanager
    def llm_work(self, processor: FrameProcessor, context: LLMContext) -> Iterator[None]:
        """Trace the work of a model that has a method of its own for it (TRC-11)."""
        if processor in self._texts:
            yield
            return
        self._begin_reply(processor, context, self._call.clock.now())
        try:
            yield
        except Exception as error:
            self._measured.fail(processor, getattr(error, "code", type(error).__name__))
            raise
        finally:
            self._end_reply(processor, self._call.clock.now())

    # -- the voice ----------------------------------------------------------------------------------------------------

    def _voice_started(self, frame: TTSStartedFrame, src: FrameProcessor, now: float) -> None:
        if isinstance(src, TTSService):
            self._settle(src)
            span = self._spans.begin("tts", now, tts_attributes(src, frame.text), self._parent)
            self._voices[src, frame.segment] = span
            self._measured.begin(src, span)

    def _voice_stopped(self, frame: TTSStoppedFrame, src: FrameProcessor, now: float) -> None:
        """Keep the span for a moment more: the error of a voice that failed comes behind its end."""
        if (span := self._voices.pop((src, frame.segment), None)) is not None:
            self._settle(src)
            self._spoken[src] = span, now

    def _settle(self, processor: FrameProcessor) -> None:
        span, ended = self._spoken.pop(processor, (None, 0.0))
        if span is not None:
            self._measured.end(processor)
            self._spans.end(span, ended)

    def _interrupted(self, frame: InterruptionFrame, src: FrameProcessor, now: float) -> None:
        self._end_services(now)

    def _end_services(self, now: float) -> None:
        """End what was cut off: voices stop without a word, and requests that waited are dropped."""
        for processor in list(self._spoken):
            self._settle(processor)
        for (processor, _), span in self._voices.items():
            self._measured.end(processor)
            self._spans.end(span, now)
        self._voices.clear()
        self._contexts.clear()

    # -- function calls -----------------------------------------------------------------------------------------------

    def _function(
        self, frame: FunctionCallInProgressFrame | FunctionCallResultFrame | FunctionCallCancelFrame, now: float
    ) -> None:
        known = frame.tool_call_id in self._calls
        if isinstance(frame, FunctionCallInProgressFrame):
            if not known:
                attributes = tool_call_attributes(frame.function_name, frame.tool_call_id, frame.arguments)
                self._calls[frame.tool_call_id] = self._spans.begin(TOOL_CALL, now, attributes, self._parent)
        elif known:
            span = self._calls.pop(frame.tool_call_id)
            if isinstance(frame, FunctionCallResultFrame):
                self._spans.end(span, now, tool_result_attributes(frame.result))
            else:
                self._spans.fail(span, "cancelled")
                self._spans.end(span, now, {"tool.result_status": "error"})


_tracers = WeakKeyDictionary()


def tracer_of(processor: FrameProcessor) -> ConversationTracer | None:
    """Return the tracer of the call a processor works in, if that call is traced."""
    return _tracers.get(processor.setup_data.scope)

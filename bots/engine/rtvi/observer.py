"""Turns what happens in the pipeline into messages for the client (RTVI-02, RTVI-04, RTVI-05)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from bots.engine.core.observer import BaseObserver
from bots.engine.core.settings import CHECK
from bots.engine.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    ErrorFrame,
    Frame,
    FrameDirection,
    FunctionCallCancelFrame,
    FunctionCallInProgressFrame,
    FunctionCallResultFrame,
    FunctionCallsStartedFrame,
    InterimTranscriptionFrame,
    InterruptionFrame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMTextFrame,
    MetricsFrame,
    RTVIServerMessageFrame,
    RTVIServerResponseFrame,
    TranscriptionFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
    TTSTextFrame,
    UserMuteStartedFrame,
    UserMuteStoppedFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)

from .bot_output import BotOutput
from .measures import metrics_of
from .messages import error_message
from .processor import RTVIProcessor

if TYPE_CHECKING:
    from bots.engine.core.processor import FrameProcessor

REMEMBERED = 4096
PLAIN: dict[type[Frame], str] = {
    UserStartedSpeakingFrame: "user-started-speaking",
    UserStoppedSpeakingFrame: "user-stopped-speaking",
    BotStartedSpeakingFrame: "bot-started-speaking",
    BotStoppedSpeakingFrame: "bot-stopped-speaking",
    LLMFullResponseStartFrame: "bot-llm-started",
    LLMFullResponseEndFrame: "bot-llm-stopped",
    TTSStoppedFrame: "bot-tts-stopped",
}
ANY_WAY = (
    ErrorFrame, FunctionCallsStartedFrame, FunctionCallInProgressFrame, FunctionCallResultFrame,
    FunctionCallCancelFrame, RTVIServerMessageFrame, RTVIServerResponseFrame, UserMuteStartedFrame,
    UserMuteStoppedFrame,
)  # fmt: skip


class Seen:
    """Remembers the newest frames, so that one that passes several places counts once."""

    def __init__(self, limit: int = REMEMBERED) -> None:
        self._limit = limit
        self._frames: dict[int, Frame] = {}

    def first_time(self, frame: Frame) -> bool:
        """Whether the frame was not seen before; it is remembered."""
        if id(frame) in self._frames:
            return False
        self._frames[id(frame)] = frame
        if len(self._frames) > self._limit:
            del self._frames[next(iter(self._frames))]
        return True


class RTVIObserver(BaseObserver):
    """Sends the client what it can see: speech, text, function calls, metrics, errors, custom payloads.

    Frames are counted once however many processors they pass. What the bot says follows the ledger of heard words.
    """

    patience_secs = None
    frame_types = (*PLAIN, *ANY_WAY, InterimTranscriptionFrame, InterruptionFrame, LLMContextFrame, LLMTextFrame,
                   MetricsFrame, TranscriptionFrame, TTSStartedFrame, TTSTextFrame)  # fmt: skip

    def __init__(self, rtvi: RTVIProcessor) -> None:
        CHECK.kinds(RTVIProcessor, "an RTVIProcessor", rtvi=rtvi)
        self._rtvi = rtvi
        self._output = BotOutput(rtvi)
        self._seen = Seen()
        self._muted = False
        self._last_input: tuple[int, str] | None = None
        self._ways: dict[type[Frame], tuple[Callable[[Any], Awaitable[None]] | None, str | None]] = {}
        self._actions: dict[type[Frame], Callable[[Any], Awaitable[None]]] = {
            TranscriptionFrame: self._transcription,
            InterimTranscriptionFrame: self._transcription,
            LLMContextFrame: self._model_input,
            LLMFullResponseStartFrame: self._output.reply_started,
            LLMTextFrame: self._model_text,
            LLMFullResponseEndFrame: self._output.reply_ended,
            TTSStartedFrame: self._output.planned,
            TTSTextFrame: self._output.heard,
            MetricsFrame: self._metrics,
            FunctionCallsStartedFrame: self._calls_started,
            FunctionCallInProgressFrame: self._call_in_progress,
            FunctionCallResultFrame: self._call_result,
            FunctionCallCancelFrame: self._call_cancelled,
            RTVIServerMessageFrame: self._server_message,
            RTVIServerResponseFrame: self._server_response,
            ErrorFrame: self._error,
            UserMuteStartedFrame: self._mute,
            UserMuteStoppedFrame: self._mute,
        }

    async def on_push_frame(
        self,
        source: FrameProcessor,
        destination: FrameProcessor | None,
        frame: Frame,
        direction: FrameDirection,
        timestamp: int,
    ) -> None:
        if direction is not FrameDirection.DOWNSTREAM and not isinstance(frame, ANY_WAY):
            return
        if isinstance(frame, InterruptionFrame):
            # Its last hop: by then the output has let go every word that was heard.
            if destination is None:
                await self._output.interrupted(frame)
            return
        if self._seen.first_time(frame):
            await self._tell(frame)
        if isinstance(frame, TTSStoppedFrame):
            await self._output.stop_passed(frame)

    async def _tell(self, frame: Frame) -> None:
        told = self._ways.get(type(frame))
        if told is None:
            kinds = type(frame).__mro__
            action = next((self._actions[kind] for kind in kinds if kind in self._actions), None)
            told = self._ways[type(frame)] = action, next((PLAIN[kind] for kind in kinds if kind in PLAIN), None)
        action, plain = told
        ends_reply = isinstance(frame, LLMFullResponseEndFrame)
        if ends_reply and action is not None:
            await action(frame)
        if plain is not None:
            await self._rtvi.send(plain)
        if not ends_reply and action is not None:
            await action(frame)

    # -- the caller ------------------------------------------------------------------------------------------------

    async def _transcription(self, frame: TranscriptionFrame | InterimTranscriptionFrame) -> None:
        final = isinstance(frame, TranscriptionFrame)
        who = {"timestamp": frame.timestamp or "", "user_id": frame.user_id or ""}
        await self._rtvi.send("user-transcription", {"text": frame.text or "", "final": final, **who})

    async def _model_input(self, frame: LLMContextFrame) -> None:
        messages = frame.context.messages
        text = last_user_text(messages)
        if text and self._last_input != (len(messages), text):
            self._last_input = (len(messages), text)
            await self._rtvi.send("user-llm-text", {"text": text})

    async def _mute(self, frame: UserMuteStartedFrame | UserMuteStoppedFrame) -> None:
        muted = isinstance(frame, UserMuteStartedFrame)
        if muted is not self._muted:
            self._muted = muted
            if self._rtvi.profile.mute:
                await self._rtvi.send("user-mute-started" if muted else "user-mute-stopped")

    # -- the bot ---------------------------------------------------------------------------------------------------

    async def _model_text(self, frame: LLMTextFrame) -> None:
        await self._rtvi.send("bot-llm-text", {"text": frame.text})
        await self._output.text_came(frame)

    async def _metrics(self, frame: MetricsFrame) -> None:
        await self._rtvi.send("metrics", metrics_of(frame))

    async def _calls_started(self, frame: FunctionCallsStartedFrame) -> None:
        for call in frame.function_calls:
            if self._rtvi.calls.enter(call.tool_call_id, "started") and self._announces:
                data = {"function_name": call.function_name, "tool_call_id": call.tool_call_id}
                await self._rtvi.send("llm-function-call-started", data)

    async def _call_in_progress(self, frame: FunctionCallInProgressFrame) -> None:
        if self._announces:
            await self._rtvi.announce_call(frame.function_name, frame.tool_call_id, frame.arguments)

    async def _call_result(self, frame: FunctionCallResultFrame) -> None:
        await self._call_stopped(frame.tool_call_id, frame.function_name, cancelled=False, result=frame.result)

    async def _call_cancelled(self, frame: FunctionCallCancelFrame) -> None:
        await self._call_stopped(frame.tool_call_id, frame.function_name, cancelled=True)

    async def _call_stopped(self, call_id: str, name: str, *, cancelled: bool, result: Any = None) -> None:
        self._rtvi.calls.finish(call_id)
        if self._rtvi.calls.enter(call_id, "stopped") and self._announces:
            data = {"tool_call_id": call_id, "function_name": name, "cancelled": cancelled, "result": result}
            await self._rtvi.send("llm-function-call-stopped", data)

    @property
    def _announces(self) -> bool:
        """Clients of 1.0 and native ones know only the one message of calls that are theirs to run."""
        return not self._rtvi.profile.calls_with_args

    # -- the bot's own code ----------------------------------------------------------------------------------------

    async def _server_message(self, frame: RTVIServerMessageFrame) -> None:
        await self._rtvi.send_server_message(frame.data)

    async def _server_response(self, frame: RTVIServerResponseFrame) -> None:
        if frame.error is not None:
            await self._rtvi.send_error_response(frame.client_msg, frame.error)
        else:
            await self._rtvi.send_server_response(frame.client_msg, frame.data)

    async def _error(self, frame: ErrorFrame) -> None:
        await self._rtvi.send_built(
            error_message(frame.error, frame.code, frame.owner, frame.next_step, fatal=frame.fatal)
        )


def last_user_text(messages: Sequence[Mapping[str, Any]]) -> str:
    """Return the text of the newest message when it is the user's, else an empty string."""
    if not messages or messages[-1].get("role") != "user":
        return ""
    content = messages[-1].get("content")
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    return " ".join(str(part["text"]) for part in parts if isinstance(part, Mapping) and part.get("type") == "text")

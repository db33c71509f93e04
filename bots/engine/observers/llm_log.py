"""What goes into a language model and what comes out, on lines of their own (OBS-05)."""

from __future__ import annotations

from bots.engine.core.processor import FrameProcessor
from bots.engine.frames import (
    Frame,
    FrameDirection,
    FunctionCallInProgressFrame,
    FunctionCallResultFrame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMMessagesFrame,
    LLMTextFrame,
)
from bots.engine.services.llm import LLMService

from .channel import SaidLogObserver
from .fields import shown


class LLMLogObserver(SaidLogObserver):
    """Logs start and end of replies, their text, function calls and results, messages and contexts (OBS-05).

    Only frames from or to an :class:`LLMService`.
    """

    frame_types = (
        LLMFullResponseStartFrame, LLMFullResponseEndFrame, LLMTextFrame, FunctionCallInProgressFrame,
        FunctionCallResultFrame, LLMMessagesFrame, LLMContextFrame,
    )  # fmt: skip

    async def on_push_frame(
        self,
        src: FrameProcessor,
        dst: FrameProcessor | None,
        frame: Frame,
        direction: FrameDirection,
        timestamp: int,
    ) -> None:
        line = None
        if isinstance(src, LLMService):
            if (said := _out(frame, direction)) is not None:
                line = f"🧠 {src.name} → LLM {said}"
        elif isinstance(dst, LLMService) and (said := _in(frame)) is not None:
            line = f"🧠 → {dst.name} LLM {said}"
        if line is not None:
            self.say(line, timestamp)


def _out(frame: Frame, direction: FrameDirection) -> str | None:
    if direction is not FrameDirection.DOWNSTREAM:
        # Function frames leave both ways; once is enough.
        return None
    if isinstance(frame, LLMFullResponseStartFrame):
        return "START RESPONSE"
    if isinstance(frame, LLMFullResponseEndFrame):
        return "END RESPONSE"
    if isinstance(frame, LLMTextFrame):
        return f"GENERATING: {shown(frame.text)}"
    if isinstance(frame, FunctionCallInProgressFrame):
        return f"FUNCTION CALL: {frame.function_name}({shown(frame.arguments)}) id {frame.tool_call_id}"
    if isinstance(frame, FunctionCallResultFrame):
        return f"FUNCTION RESULT: {frame.function_name} id {frame.tool_call_id}: {shown(frame.result)}"
    return None


def _in(frame: Frame) -> str | None:
    if isinstance(frame, LLMMessagesFrame):
        return f"MESSAGES FRAME: {shown(frame.messages)}"
    if isinstance(frame, LLMContextFrame):
        return f"CONTEXT FRAME: {shown(frame.context.messages)}"
    return None

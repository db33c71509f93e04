"""Frames that read and write the context directly: run it, append to it, replace it (CTX-07…10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bots.engine.context.images import ImageUnusable
from bots.engine.core.processor import FrameProcessor, handles
from bots.engine.frames import (
    LLMContextFrame,
    LLMMessagesAppendFrame,
    LLMMessagesFrame,
    LLMMessagesUpdateFrame,
    LLMRunFrame,
    LLMSetToolsFrame,
    UserImageRawFrame,
)

if TYPE_CHECKING:
    from bots.engine.context.context import LLMContext


class ContextEditor(FrameProcessor):
    """Carries out what the application's frames ask of the context, and runs the model on it."""

    def __init__(self, context: LLMContext, *, name: str | None = None) -> None:
        super().__init__(name=name)
        self.context = context

    def get_context_frame(self) -> LLMContextFrame:
        """Return a frame that runs the model on the context as it stands (CTX-09)."""
        return LLMContextFrame(self.context)

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

    @handles(UserImageRawFrame)
    async def on_picture(self, frame: UserImageRawFrame) -> None:
        """Show the model a picture that was asked for, with what was asked about it (LLM-22).

        Pictures nobody asked for pass by. One that a function call asked for is answered when the call's result is in;
        any other at once.
        """
        request = frame.request
        if request is None:
            return
        try:
            self.context.add_image_frame_message(
                image=frame.image, size=frame.size, format=frame.format, text=request.context
            )
        except ImageUnusable as error:
            await self.push_error(error.message, error)
            return
        if not request.tool_call_id:
            await self.push_frame(LLMContextFrame(self.context))

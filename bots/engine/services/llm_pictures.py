"""Asking the caller's side for a picture, and the function call that waits for it (LLM-22)."""

from __future__ import annotations

import asyncio

from bots.engine.context.images import ImageUnusable, check_image
from bots.engine.core.processor import handles
from bots.engine.frames import FrameDirection, UserImageRawFrame, UserImageRequestFrame

from .llm_functions import FunctionCallingService

PICTURE_SECS = 3.0
"""A picture that a function call waits for and that has not come by then will not come."""


class PictureAskingService(FunctionCallingService):
    """Requests pictures upstream; a transport with video answers downstream with a ``UserImageRawFrame``.

    The user aggregator puts the picture into the context. A function call that asked gets its result here: that the
    picture is shown, or after 3 s that none came, so the model is never left waiting by a line without a camera.
    """

    def __init__(self, *, run_in_parallel: bool = True, name: str | None = None) -> None:
        super().__init__(run_in_parallel=run_in_parallel, name=name)
        self._pictures: dict[str, asyncio.TimerHandle] = {}

    async def request_image_frame(
        self,
        user_id: str,
        *,
        function_name: str | None = None,
        tool_call_id: str | None = None,
        text_content: str | None = None,
        video_source: str | None = None,
    ) -> None:
        """Ask for a picture of a participant, ``text_content`` being what to find out about it (LLM-22)."""
        if tool_call_id:
            self._pictures[tool_call_id] = self.clock.call_later(PICTURE_SECS, lambda: self._none_came(tool_call_id))
        await self.push_frame(
            UserImageRequestFrame(user_id, function_name, tool_call_id, text_content, video_source),
            FrameDirection.UPSTREAM,
        )

    def _none_came(self, tool_call_id: str) -> None:
        self._pictures.pop(tool_call_id, None)
        told = {"error": "No picture came: the caller's line has no camera, or it is off."}
        self.create_task(self.give_function_result(tool_call_id, told), f"{self.name} picture")

    @handles(UserImageRawFrame)
    async def on_user_picture(self, frame: UserImageRawFrame) -> None:
        """Finish the function call that asked for this picture."""
        if frame.request is not None and (tool_call_id := frame.request.tool_call_id):
            if (timer := self._pictures.pop(tool_call_id, None)) is not None:
                timer.cancel()
            try:
                check_image(frame.image, frame.size, frame.format)
            except ImageUnusable as error:
                await self.give_function_result(tool_call_id, {"error": error.message})
            else:
                await self.give_function_result(tool_call_id, {"picture": "shown to you"})

    async def cleanup(self) -> None:
        for timer in self._pictures.values():
            timer.cancel()
        self._pictures.clear()
        await super().cleanup()

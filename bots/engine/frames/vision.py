"""Pictures (FRM-05, LLM-22). Sizes are (width, height) in pixels."""

from __future__ import annotations

from .base import DataFrame, SystemFrame, frame


@frame
class OutputImageRawFrame(DataFrame):
    """A picture to show."""

    image: bytes
    size: tuple[int, int]
    format: str | None = None


@frame
class InputImageRawFrame(SystemFrame):
    """A picture from the caller's camera."""

    image: bytes
    size: tuple[int, int]
    format: str | None = None
    user_id: str = ""


@frame
class UserImageRequestFrame(SystemFrame):
    """Ask the transport for a picture of the caller."""

    user_id: str
    function_name: str | None = None
    tool_call_id: str | None = None
    context: str | None = None
    video_source: str | None = None

"""Pictures (FRM-05, LLM-22). Sizes are (width, height) in pixels."""

from __future__ import annotations

from .base import DataFrame, Frame, SystemFrame, frame


@frame
class ImageRawFrame(Frame):
    """A picture: what all picture frames have in common. ``format`` is a name such as RGB or PNG."""

    image: bytes
    size: tuple[int, int]
    format: str | None = None


@frame
class OutputImageRawFrame(DataFrame, ImageRawFrame):
    """A picture to show."""


@frame
class URLImageRawFrame(OutputImageRawFrame):
    """A picture that an image service made; ``url`` is None where the service returns the bytes alone."""

    url: str | None = None


@frame
class UserImageRequestFrame(SystemFrame):
    """Ask the transport for a picture of the caller."""

    user_id: str
    function_name: str | None = None
    tool_call_id: str | None = None
    context: str | None = None
    video_source: str | None = None


@frame
class InputImageRawFrame(SystemFrame, ImageRawFrame):
    """A picture from the caller's camera."""

    user_id: str = ""


@frame
class UserImageRawFrame(InputImageRawFrame):
    """A picture of one participant; ``request`` is the frame that asked for it, if any did."""

    request: UserImageRequestFrame | None = None


@frame
class VisionImageRawFrame(DataFrame, ImageRawFrame):
    """A picture for the model together with what to find out about it."""

    text: str | None = None

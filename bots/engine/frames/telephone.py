"""What telephones know beside sound and keys (lessons T17)."""

from __future__ import annotations

from .base import SystemFrame, frame


@frame
class AnsweredByFrame(SystemFrame):
    """The carrier says who took a call that was placed: human, machine, screener, menu or fax; it may come late."""

    kind: str

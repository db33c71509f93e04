"""Choosing among services of one kind (PAR-05)."""

from __future__ import annotations

from typing import Any

from .base import ControlFrame, Uninterruptible, frame


@frame
class ManuallySwitchServiceFrame(ControlFrame, Uninterruptible):
    """Let another service of a switcher work from here on; ``service`` is the processor itself or its name."""

    service: Any

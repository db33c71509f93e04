"""Frames that start, end, probe and report on a pipeline (FRM-03…05)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from .base import ControlFrame, SystemFrame, Uninterruptible, frame
from .metrics import MetricsData


@frame
class StartFrame(SystemFrame):
    """The first frame; carries the parameters every processor starts with (TASK-05…15). Rates in Hz."""

    audio_in_sample_rate: int = 16000
    audio_out_sample_rate: int = 24000
    allow_interruptions: bool = True
    enable_metrics: bool = False
    enable_usage_metrics: bool = False
    report_only_initial_ttfb: bool = False
    interruption_strategies: tuple[Any, ...] = ()
    start_metadata: Mapping[str, Any] = field(default_factory=dict)


@frame
class EndFrame(ControlFrame, Uninterruptible):
    """Stop gracefully once everything before it is done (TASK-19); ordered, never dropped (CONF-18)."""

    reason: str | None = None


@frame
class CancelFrame(SystemFrame):
    """Stop now; what is pending is lost (TASK-20)."""

    reason: str | None = None


@frame
class EndTaskFrame(SystemFrame):
    """Pushed upstream by a processor: the task then sends ``EndFrame`` from the source (TASK-19)."""

    reason: str | None = None


@frame
class CancelTaskFrame(SystemFrame):
    """Pushed upstream by a processor: the task then cancels."""

    reason: str | None = None


@frame
class ErrorFrame(SystemFrame):
    """A processor failed; travels upstream (FRM-04). ``code`` and ``owner`` come from the error tree."""

    error: str
    fatal: bool = False
    exception: BaseException | None = None
    processor: str | None = None
    code: str = "engine.error"
    owner: str = "us"
    next_step: str = ""


@frame
class HeartbeatFrame(ControlFrame):
    """A liveness probe from source to sink (TASK-24). ``sent_at`` is in media seconds."""

    sent_at: float


@frame
class MetricsFrame(SystemFrame):
    """Measured performance and usage (MET-04)."""

    data: tuple[MetricsData, ...] = ()

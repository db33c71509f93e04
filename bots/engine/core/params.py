"""How a pipeline runs: documented parameters and the deadlines that end every state (TASK-05…15)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from bots.engine.checks import given
from bots.engine.frames import StartFrame

from .settings import CHECK, sample_rate, seconds_above_zero

HEARTBEAT_SECONDS = 1.0
HEARTBEAT_MONITOR_SECONDS = 10.0
"""How often a heartbeat is sent, and how long none may arrive until that is warned of (TASK-25, CONF-01)."""


@dataclass(frozen=True, slots=True)
class PipelineParams:
    """Fixed once the pipeline started; most of it travels in the ``StartFrame``. Rates in Hz, periods in seconds.

    Both rates hold for every service that has none of its own (TASK-06, TASK-07). Heartbeats run a period apart
    (TASK-08, TASK-09, CONF-04); metrics and usage are measured on request, ``report_only_initial_ttfb`` with metrics
    only (TASK-10…12), and begin with a frame of zeros (TASK-13). ``start_metadata`` is any data (TASK-14). Interruption
    strategies need ``allow_interruptions``, which the newer lineage has on (TASK-05, TASK-15). Phone calls take 8000 Hz
    both ways: ``TELEPHONY`` (TASK-16). Raises ``pipeline.setting``.
    """

    allow_interruptions: bool = True
    audio_in_sample_rate: int = 16000
    audio_out_sample_rate: int = 24000
    enable_heartbeats: bool = False
    heartbeats_period_secs: float = HEARTBEAT_SECONDS
    heartbeats_monitor_secs: float = HEARTBEAT_MONITOR_SECONDS
    enable_metrics: bool = False
    enable_usage_metrics: bool = False
    report_only_initial_ttfb: bool = False
    send_initial_empty_metrics: bool = True
    start_metadata: Mapping[str, Any] = field(default_factory=dict)
    interruption_strategies: tuple[Any, ...] = ()
    observers: tuple[Any, ...] = ()

    def __post_init__(self) -> None:
        sample_rate("audio_in_sample_rate", self.audio_in_sample_rate)
        sample_rate("audio_out_sample_rate", self.audio_out_sample_rate)
        seconds_above_zero("heartbeats_period_secs", self.heartbeats_period_secs)
        seconds_above_zero("heartbeats_monitor_secs", self.heartbeats_monitor_secs)
        CHECK.flags(**given(
            self, "allow_interruptions", "enable_heartbeats", "enable_metrics", "enable_usage_metrics",
            "report_only_initial_ttfb", "send_initial_empty_metrics",
        ))  # fmt: skip
        CHECK.kinds(Mapping, "a mapping", start_metadata=self.start_metadata)
        CHECK.lists_that("should_interrupt", "strategies", interruption_strategies=self.interruption_strategies)
        CHECK.lists_that("on_push_frame", "observers", observers=self.observers)

    def start_frame(self) -> StartFrame:
        """Return the frame that carries these parameters to every processor."""
        return StartFrame(
            audio_in_sample_rate=self.audio_in_sample_rate,
            audio_out_sample_rate=self.audio_out_sample_rate,
            allow_interruptions=self.allow_interruptions,
            enable_metrics=self.enable_metrics,
            enable_usage_metrics=self.enable_usage_metrics,
            report_only_initial_ttfb=self.report_only_initial_ttfb,
            interruption_strategies=tuple(self.interruption_strategies),
            start_metadata=dict(self.start_metadata),
        )


TELEPHONY = PipelineParams(audio_in_sample_rate=8000, audio_out_sample_rate=8000, allow_interruptions=True)


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds a state may last; together they keep the way from end cause to outcome below five seconds.

    ``start``: until all processors are ready. ``drain``: a graceful end without progress of playout or generation.
    ``drain_total``: a graceful end that goes on making progress. ``cancel``: the cancel frame's way through the
    pipeline. ``grace``: a task that was cancelled, and again one that had to be forced. ``cleanup``: a processor that
    releases what it holds. ``handler``: an event handler that the end waits for.
    """

    start: float = 10.0
    drain: float = 2.0
    drain_total: float = 60.0
    cancel: float = 0.3
    grace: float = 0.4
    cleanup: float = 1.0
    handler: float = 10.0

    def __post_init__(self) -> None:
        CHECK.waits(**given(self, *(item.name for item in fields(self))))

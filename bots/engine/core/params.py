"""How a pipeline runs: documented parameters and the deadlines that end every state (TASK-05…15)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bots.engine.frames import StartFrame


@dataclass(frozen=True, slots=True)
class PipelineParams:
    """Fixed once the pipeline started; most of it travels in the ``StartFrame``. Rates in Hz, periods in seconds."""

    allow_interruptions: bool = True
    audio_in_sample_rate: int = 16000
    audio_out_sample_rate: int = 24000
    enable_heartbeats: bool = False
    heartbeats_period_secs: float = 1.0
    heartbeats_monitor_secs: float = 10.0
    enable_metrics: bool = False
    enable_usage_metrics: bool = False
    report_only_initial_ttfb: bool = False
    send_initial_empty_metrics: bool = True
    start_metadata: Mapping[str, Any] = field(default_factory=dict)
    interruption_strategies: tuple[Any, ...] = ()
    observers: tuple[Any, ...] = ()

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

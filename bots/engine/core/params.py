"""How a pipeline runs: documented parameters and the deadlines that end every state (TASK-05…15)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


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


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Seconds a state may last; together they keep the way from end cause to outcome below five seconds.

    ``start``: until all processors are ready. ``drain``: a graceful end without any progress of playout or generation.
    ``drain_total``: a graceful end that goes on making progress. ``grace``: a task that was cancelled. ``cleanup``: a
    processor that releases what it holds.
    """

    start: float = 10.0
    drain: float = 2.5
    drain_total: float = 60.0
    grace: float = 0.5
    cleanup: float = 1.0

"""When a figure of a model is bad enough to tell somebody (LK-17)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from .llm_metrics import LLMMetrics

LLM_METRICS: Mapping[str, Mapping[str, float]] = {"ttft": {"warning": 1500, "critical": 2500}}
"""Thresholds in milliseconds, while the metric's field is in seconds (LK-17)."""


@dataclass(frozen=True, slots=True)
class Alert:
    """A figure above its threshold; both in milliseconds."""

    metric: str
    level: Literal["warning", "critical"]
    value_ms: float
    threshold_ms: float


def level_of(metrics: LLMMetrics, thresholds: Mapping[str, Mapping[str, float]] = LLM_METRICS) -> Alert | None:
    """Return the highest threshold that the time to the first token is above, strictly; None when it is fine."""
    value = metrics.ttft * 1000
    for level in ("critical", "warning"):
        limit = thresholds["ttft"][level]
        if value > limit:
            return Alert("ttft", level, value, limit)
    return None


def check_metrics(metrics: LLMMetrics, thresholds: Mapping[str, Mapping[str, float]] = LLM_METRICS) -> Alert | None:
    """Return an alert when the time to the first token is above the critical threshold, strictly (LK-17).

    The warning level alone alerts nobody; ask :func:`level_of` for it.
    """
    alert = level_of(metrics, thresholds)
    return alert if alert is not None and alert.level == "critical" else None

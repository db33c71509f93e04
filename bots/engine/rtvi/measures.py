"""Metrics as clients read them (MET-04): arrays by group, times in seconds (CONF-10)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from bots.engine.frames import (
    LLMUsageMetricsData,
    MetricsData,
    MetricsFrame,
    ProcessingMetricsData,
    TTFBMetricsData,
    TTSUsageMetricsData,
)

GROUPS: dict[type[MetricsData], str] = {
    ProcessingMetricsData: "processing",
    TTFBMetricsData: "ttfb",
    TTSUsageMetricsData: "characters",
    LLMUsageMetricsData: "tokens",
}


def metrics_of(frame: MetricsFrame) -> dict[str, list[dict[str, Any]]]:
    """Return ``{group: [{processor, value, model?}]}``; ``tokens`` also tells each count, its value is the total."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for measured in frame.data:
        group = next((name for kind, name in GROUPS.items() if isinstance(measured, kind)), None)
        if group is None:
            continue
        entry: dict[str, Any] = {"processor": measured.processor, "model": measured.model}
        if isinstance(measured, LLMUsageMetricsData):
            entry |= {"value": measured.value.total_tokens, **asdict(measured.value)}
        else:
            entry["value"] = getattr(measured, "value", 0)
        groups.setdefault(group, []).append(entry)
    return groups

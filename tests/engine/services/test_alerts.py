"""When a slow first token is worth an alert (LK-17)."""

from __future__ import annotations

import pytest

from bots.engine.services.alerts import LLM_METRICS, check_metrics, level_of
from bots.engine.services.llm_metrics import LLMMetrics


def metrics(ttft: float) -> LLMMetrics:
    return LLMMetrics(label="m", request_id="1", timestamp=0.0, duration=ttft, ttft=ttft, cancelled=False)


def test_thresholds_are_the_documented_milliseconds() -> None:  # LK-17
    assert LLM_METRICS == {"ttft": {"warning": 1500, "critical": 2500}}


@pytest.mark.parametrize(
    ("seconds", "level"),
    [(-1.0, None), (0.4, None), (1.5, None), (1.501, "warning"), (2.5, "warning"), (2.501, "critical")],
)
def test_the_metric_is_in_seconds_the_threshold_in_milliseconds_and_equal_is_not_above(
    seconds: float, level: str | None
) -> None:  # LK-17
    found = level_of(metrics(seconds))
    assert (found.level if found else None) == level
    alert = check_metrics(metrics(seconds))
    assert (alert is not None) == (level == "critical")


def test_other_thresholds_may_be_given() -> None:  # LK-17
    alert = check_metrics(metrics(0.3), {"ttft": {"warning": 100, "critical": 200}})
    assert alert is not None
    assert (alert.value_ms, alert.threshold_ms) == (pytest.approx(300), 200)

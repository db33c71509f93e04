"""Percentiles of the newest values (LK-18)."""

from __future__ import annotations

import math

import pytest

from bots.engine.services.percentiles import Percentiles, PercentileWrong


def filled(*values: float, kept: int = 512) -> Percentiles:
    percentiles = Percentiles(kept)
    for value in values:
        percentiles.add(value)
    return percentiles


def test_percentiles_are_values_that_occurred() -> None:  # LK-18
    assert filled(*map(float, range(1, 101))).summary() == {"count": 100, "p50": 50, "p90": 90, "p95": 95, "p99": 99}
    assert filled(0.3, 0.1, 0.2).at(50) == 0.2
    assert filled(7.0).summary() == {"count": 1, "p50": 7, "p90": 7, "p95": 7, "p99": 7}


def test_one_slow_request_shows_in_the_tail_and_not_in_the_middle() -> None:  # LK-18
    shown = filled(*[0.5] * 19, 25.0)
    assert (shown.at(50), shown.at(95), shown.at(99)) == (0.5, 0.5, 25.0)


def test_without_values_there_is_no_percentile() -> None:
    assert Percentiles().at(50) is None
    assert Percentiles().summary() == {"count": 0, "p50": None, "p90": None, "p95": None, "p99": None}


def test_old_values_leave_and_nonsense_does_not_enter() -> None:
    shown = filled(9.0, 1.0, 2.0, math.nan, math.inf, kept=2)
    assert (len(shown), shown.at(0), shown.at(100)) == (2, 1.0, 2.0)


@pytest.mark.parametrize("percent", [-1, 100.5])
def test_what_is_no_percentile_is_refused(percent: float) -> None:
    with pytest.raises(PercentileWrong, match="percent"):
        filled(1.0).at(percent)
    with pytest.raises(PercentileWrong, match="kept"):
        Percentiles(0)

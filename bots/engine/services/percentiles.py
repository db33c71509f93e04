"""Percentiles of a figure over its newest values: what most callers met, and what the unlucky met (LK-18)."""

from __future__ import annotations

import math
from collections import deque

from bots.engine.checks import Checks
from bots.engine.errors import SpecError

KEPT = 512
SHOWN = (50, 90, 95, 99)


class PercentileWrong(SpecError, ValueError):
    """A percentile outside of 0 to 100, or a window without room."""

    code = "metrics.percentile"


class Percentiles:
    """Keeps the newest ``kept`` values and tells their percentiles by nearest rank: each is a value that occurred."""

    def __init__(self, kept: int = KEPT) -> None:
        Checks(PercentileWrong).whole(1, kept=kept)
        self._values: deque[float] = deque(maxlen=kept)

    def __len__(self) -> int:
        return len(self._values)

    def add(self, value: float) -> None:
        """Note one value; what is not a number is left out."""
        if math.isfinite(value):
            self._values.append(value)

    def at(self, percent: float) -> float | None:
        """Return the least value that ``percent`` of all values do not exceed; None without values."""
        if not 0 <= percent <= 100:
            raise PercentileWrong("percent must be between 0 and 100.")
        if not self._values:
            return None
        ranked = sorted(self._values)
        return ranked[max(1, math.ceil(percent / 100 * len(ranked))) - 1]

    def summary(self) -> dict[str, float | int | None]:
        """Return ``count`` and ``p50``, ``p90``, ``p95``, ``p99``: watch these, not the average (LK-18)."""
        return {"count": len(self._values), **{f"p{percent}": self.at(percent) for percent in SHOWN}}

"""What a measurement says, and the tables it is printed in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure. ``aim`` and the peers' figures have its unit; ``more`` says that more is better.

    ``reference`` is the same work in the least plain Python, measured in the same run. ``pipecat`` and ``livekit`` are
    published figures of other machines' cores: their ratios are for orientation.
    """

    name: str
    value: float
    unit: str
    aim: float | None = None
    more: bool = False
    reference: float | None = None
    pipecat: float | None = None
    livekit: float | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        """``met`` or ``missed`` where there is an aim."""
        if self.aim is None:
            return ""
        return "met" if (self.value >= self.aim if self.more else self.value <= self.aim) else "missed"

    def times_better(self, other: float | None) -> str:
        """Say how many times better than ``other`` this is; below 1 it is worse."""
        if not other or not self.value:
            return ""
        ratio = self.value / other if self.more else other / self.value
        return f"{ratio:,.0f}x" if ratio >= 100 else f"{ratio:.2g}x" if ratio < 10 else f"{ratio:.0f}x"

    def as_data(self) -> dict[str, Any]:
        """Return the figure for JSON."""
        return {**asdict(self), "verdict": self.verdict}


def number(value: float | None) -> str:
    """Write a figure with three significant digits."""
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


HEAD = ("figure", "measured", "aim", "", "reference", "vs ref.", "Pipecat", "vs it", "LiveKit", "vs it", "note")


def cells(figure: Figure) -> list[str]:
    """Return one line of the table."""
    aim = "" if figure.aim is None else f"{'>=' if figure.more else '<='} {number(figure.aim)}"
    return [
        figure.name, f"{number(figure.value)} {figure.unit}", aim, figure.verdict,
        number(figure.reference), figure.times_better(figure.reference),
        number(figure.pipecat), figure.times_better(figure.pipecat),
        number(figure.livekit), figure.times_better(figure.livekit), figure.note,
    ]  # fmt: skip


def written(title: str, figures: Sequence[Figure], *, markdown: bool = False) -> str:
    """Return a table: aligned columns, or Markdown."""
    rows = [list(HEAD), *(cells(figure) for figure in figures)]
    used = [column for column in range(len(HEAD)) if column < 2 or any(row[column] for row in rows[1:])]
    rows = [[row[column] for column in used] for row in rows]
    if markdown:
        lines = ["| " + " | ".join(row) + " |" for row in rows]
        return "\n".join([f"### {title}", "", lines[0], "|" + "---|" * len(used), *lines[1:]])
    widths = [max(len(row[column]) for row in rows) for column in range(len(used))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([title, "=" * len(title), lines[0], "-" * len(lines[0]), *lines[1:]])


def middle(values: Sequence[float]) -> float:
    """Return the median."""
    return median(values)


def share(values: Sequence[float], part: float) -> float:
    """Return the value below which ``part`` (0..1) of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]

"""A flow as a drawing: boxes in columns by their distance from the first node, and arrows between them (PROD-18)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bots.assembly.flows import FlowFindings
from bots.engine.flows.flow import Flow
from bots.engine.flows.graph import Way, ends

BOX_WIDTH, BOX_HEIGHT, COLUMN, ROW, MARGIN, BOW = 164, 40, 236, 68, 16, 32
LONGEST_LABEL = 20


@dataclass(frozen=True, slots=True)
class Box:
    """A node; ``kind`` is start, end, odd (there is a finding) or plain. Pixels."""

    name: str
    label: str
    x: int
    y: int
    kind: str

    @property
    def text_x(self) -> int:
        """The middle of the box."""
        return self.x + BOX_WIDTH // 2

    @property
    def text_y(self) -> int:
        """The text's baseline."""
        return self.y + BOX_HEIGHT // 2 + 4


@dataclass(frozen=True, slots=True)
class Arrow:
    """A way between two boxes as an SVG path; ``label`` names its functions."""

    path: str
    label: str
    back: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a page shows of a flow: the picture, and the same as a list."""

    width: int
    height: int
    boxes: list[Box]
    arrows: list[Arrow]
    ways: list[Way]


def drawing_of(flow: Any, findings: FlowFindings) -> Drawing | None:
    """The drawing of a draft's flow; None where there is nothing that could be drawn."""
    nodes = flow.get("nodes") if isinstance(flow, Mapping) else None
    if not isinstance(nodes, Mapping) or not nodes:
        return None
    ways = Flow(flow).ways()
    columns = _columns(list(nodes), str(flow.get("initial_node")), ways)
    odd = {problem.path.split(".")[2].split("[")[0] for problem in (*findings.errors, *findings.warnings)
           if problem.path.startswith("$.nodes.")}  # fmt: skip
    boxes: dict[str, Box] = {}
    for number, column in enumerate(columns):
        for row, name in enumerate(column):
            kind = "odd" if name in odd else "end" if ends(nodes[name]) else "plain"
            kind = "start" if name == flow.get("initial_node") and kind == "plain" else kind
            label = name if len(name) <= LONGEST_LABEL else f"{name[: LONGEST_LABEL - 1]}…"
            boxes[name] = Box(name, label, MARGIN + number * COLUMN, MARGIN + row * ROW, kind)
    return Drawing(
        MARGIN * 2 + (len(columns) - 1) * COLUMN + BOX_WIDTH + _bow(columns[-1], ways),
        MARGIN * 2 + max(len(column) for column in columns) * ROW,
        list(boxes.values()),
        _arrows(boxes, ways),
        ways,
    )


def _bow(last: list[str], ways: list[Way]) -> int:
    """The room that ways within the last column take on its right."""
    return BOW if any(way.source != way.target and way.source in last and way.target in last for way in ways) else 0


def _columns(names: list[str], start: str, ways: list[Way]) -> list[list[str]]:
    """The nodes by the least number of ways from the first; those that are not reached stand in the last column."""
    known = {start: 0} if start in names else {}
    waiting = list(known)
    while waiting:
        here = waiting.pop(0)
        for way in ways:
            if way.source == here and way.target not in known:
                known[way.target] = known[here] + 1
                waiting.append(way.target)
    lost = [name for name in names if name not in known]
    columns: list[list[str]] = [[] for _ in range(max(known.values(), default=-1) + 1)]
    for name, distance in known.items():
        columns[distance].append(name)
    return [*columns, lost] if lost else columns


def _arrows(boxes: Mapping[str, Box], ways: list[Way]) -> list[Arrow]:
    together: dict[tuple[str, str], list[str]] = {}
    for way in ways:
        if way.source != way.target:
            together.setdefault((way.source, way.target), []).append(way.function)
    return [
        Arrow(_path(boxes[source], boxes[target]), ", ".join(functions), boxes[target].x < boxes[source].x)
        for (source, target), functions in together.items()
    ]


def _path(source: Box, target: Box) -> str:
    """From the right side to the left side; within a column on the right, back from below to below, in a bow."""
    if target.x > source.x:
        x1, y1 = source.x + BOX_WIDTH, source.y + BOX_HEIGHT // 2
        x2, y2 = target.x, target.y + BOX_HEIGHT // 2
        half = (x2 - x1) // 2
        return f"M{x1} {y1} C{x1 + half} {y1} {x2 - half} {y2} {x2 - 4} {y2}"
    if target.x == source.x:
        x, y1, y2 = source.x + BOX_WIDTH, source.y + BOX_HEIGHT // 2 - 6, target.y + BOX_HEIGHT // 2 + 6
        return f"M{x} {y1} C{x + BOW} {y1} {x + BOW} {y2} {x + 4} {y2}"
    x1, y1 = source.x + BOX_WIDTH // 2 + 14, source.y + BOX_HEIGHT
    x2, y2 = target.x + BOX_WIDTH // 2 - 14, target.y + BOX_HEIGHT
    deep = max(y1, y2) + 24
    return f"M{x1} {y1} C{x1} {deep} {x2} {deep} {x2} {y2 + 4}"

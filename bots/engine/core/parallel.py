"""Branches side by side: the same frames in, one stream out (PAR-01…05)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from bots.engine.frames import CancelFrame, EndFrame, Frame, FrameDirection, StartFrame, SystemFrame

from .observer import ObserverHub
from .pipeline import BasePipeline, Pipeline
from .processor import FrameProcessor
from .routing import Chain
from .settings import CHECK, SettingWrong

DOWN = FrameDirection.DOWNSTREAM
SYSTEM_REMEMBERED, ORDERED_REMEMBERED = 256, 1024
AT_ONCE = (StartFrame, CancelFrame)


class _Once:
    """Remembers the newest frames that went on, so that the copy of another branch does not go on again (PAR-03).

    Frames are held, not only their ids: an id is free for another frame as soon as its owner is gone.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._known: dict[tuple[int, FrameDirection], Frame] = {}

    def admits(self, frame: Frame, direction: FrameDirection) -> bool:
        """Whether this frame leaves that way for the first time."""
        key = (id(frame), direction)
        if key in self._known:
            return False
        self._known[key] = frame
        if len(self._known) > self._limit:
            del self._known[next(iter(self._known))]
        return True


class _BranchEnd(FrameProcessor):
    """Source or sink of a branch: hands what leaves the branch to the group (PAR-01)."""

    def __init__(self, group: ParallelPipeline, leaving: FrameDirection) -> None:
        super().__init__()
        self._group, self._leaving = group, leaving

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        if direction is self._leaving:
            await self._group.collect(frame, direction, self)
        else:
            await self.push_frame(frame, direction)


class _BranchHead(_BranchEnd):
    """Source of a branch; its own inbox lets the branches work side by side (PAR-02)."""

    waits: ClassVar[bool] = True


class ParallelPipeline(BasePipeline):
    """Branches (lists of processors) that all get the same frames; what they let out is one stream again (PAR-01…05).

    A frame that leaves several branches goes on once. Start and cancel go on when every branch was told, the end when
    every branch let it out; a branch that swallows the end is ended by the task's deadline (PAR-04). The documented
    uses are two agents on one call, a backup of a service (``blocks.switcher``), frames shared between branches
    (``blocks.sharing``) and a branch that a ``NullFilter`` closes (PAR-05). Raises ``pipeline.misused``.
    """

    def __init__(self, *branches: Sequence[FrameProcessor], name: str | None = None) -> None:
        if not branches:
            raise SettingWrong("A parallel pipeline needs at least one branch.")
        for branch in branches:
            CHECK.lists(FrameProcessor, "processors", branches=branch)
        super().__init__(name=name)
        self.branches = [Pipeline(branch) for branch in branches]
        self.heads = [_BranchHead(self, FrameDirection.UPSTREAM) for _ in branches]
        self.tails = [_BranchEnd(self, FrameDirection.DOWNSTREAM) for _ in branches]
        self._ordered, self._system = _Once(ORDERED_REMEMBERED), _Once(SYSTEM_REMEMBERED)
        self._ends: dict[int, tuple[Frame, int]] = {}

    def children(self) -> Iterator[FrameProcessor]:
        for head, branch, tail in zip(self.heads, self.branches, self.tails, strict=True):
            yield head
            yield from branch.children()
            yield tail

    def connect(self, observers: ObserverHub) -> None:
        parts = [part for branch in self.branches for part in branch.flat()]
        if len(set(parts)) != len(parts):
            raise SettingWrong("A processor stands in two branches of the same parallel pipeline.")
        for head, branch, tail in zip(self.heads, self.branches, self.tails, strict=True):
            Chain([head, *branch.flat(), tail], observers)
            branch.connect(observers)

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        if direction is not DOWN:
            for tail in self.tails:
                await tail.push_frame(frame, direction)
            return
        if isinstance(frame, EndFrame):
            self._ends[id(frame)] = (frame, len(self.branches))
        for head in self.heads:
            await head.queue_frame(frame, direction)
        if isinstance(frame, AT_ONCE):
            await self.push_frame(frame, direction)

    async def collect(self, frame: Frame, direction: FrameDirection, end: FrameProcessor) -> None:
        """Take a frame that leaves a branch by one of its ends and let it go on once."""
        if direction is DOWN:
            if isinstance(frame, AT_ONCE):
                return
            if id(frame) in self._ends:
                await self._count_end(frame)
                return
        once = self._system if isinstance(frame, SystemFrame) else self._ordered
        if once.admits(frame, direction):
            await self.push_frame(frame, direction)

    async def _count_end(self, frame: Frame) -> None:
        _, missing = self._ends[id(frame)]
        self._ends[id(frame)] = (frame, missing - 1)
        if missing == 1:
            del self._ends[id(frame)]
            await self.push_frame(frame)

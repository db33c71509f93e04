"""Pipelines: processors in order, and branches side by side (PIPE-07, PAR-01…04)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from typing import ClassVar

from bots.engine.errors import PipelineError
from bots.engine.frames import EndFrame, Frame, FrameDirection

from .observer import ObserverHub
from .processor import FrameProcessor
from .routing import Chain


class BasePipeline(FrameProcessor):
    """A processor made of processors."""

    def children(self) -> Iterator[FrameProcessor]:
        """Yield every processor inside, in order, groups resolved."""
        raise PipelineError(f"{type(self).__name__} does not say what it consists of.")

    def connect(self, observers: ObserverHub) -> None:
        """Link what is inside; called once before the pipeline runs."""


class Pipeline(BasePipeline):
    """Processors in order; a pipeline inside a pipeline is as if its parts stood there themselves."""

    def __init__(self, processors: Sequence[FrameProcessor], *, name: str | None = None) -> None:
        super().__init__(name=name)
        self.processors = list(processors)

    def flat(self) -> list[FrameProcessor]:
        """Return the processors of this level, inner pipelines dissolved."""
        parts: list[FrameProcessor] = []
        for processor in self.processors:
            parts.extend(processor.flat() if isinstance(processor, Pipeline) else [processor])
        if len(set(parts)) != len(parts):
            raise PipelineError("A processor stands twice in the same pipeline.")
        return parts

    def children(self) -> Iterator[FrameProcessor]:
        for processor in self.flat():
            yield processor
            if isinstance(processor, BasePipeline):
                yield from processor.children()

    def connect(self, observers: ObserverHub) -> None:
        for processor in self.flat():
            if isinstance(processor, BasePipeline):
                processor.connect(observers)


class _BranchEnd(FrameProcessor):
    """Source or sink of a branch: hands what leaves the branch to the group."""

    def __init__(self, group: ParallelPipeline, leaving: FrameDirection) -> None:
        super().__init__()
        self._group, self._leaving = group, leaving

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        if direction is self._leaving:
            await self._group.collect(frame, direction)
        else:
            await self.push_frame(frame, direction)


class _BranchHead(_BranchEnd):
    """Source of a branch; its own inbox lets the branches work side by side (PAR-02)."""

    waits: ClassVar[bool] = True


class ParallelPipeline(BasePipeline):
    """Branches that all get the same frames; what they let out is one stream again.

    A frame that leaves several branches goes on once. ``EndFrame`` goes on when every branch let it out (PAR-04).
    """

    _REMEMBERED = 512

    def __init__(self, *branches: Sequence[FrameProcessor], name: str | None = None) -> None:
        if not branches:
            raise PipelineError("A parallel pipeline needs at least one branch.")
        super().__init__(name=name)
        self._branches = [Pipeline(branch) for branch in branches]
        self._heads = [_BranchHead(self, FrameDirection.UPSTREAM) for _ in branches]
        self._tails = [_BranchEnd(self, FrameDirection.DOWNSTREAM) for _ in branches]
        self._seen: dict[tuple[int, FrameDirection], int] = {}
        self._order: deque[tuple[Frame, FrameDirection]] = deque()

    def children(self) -> Iterator[FrameProcessor]:
        for head, branch, tail in zip(self._heads, self._branches, self._tails, strict=True):
            yield head
            yield from branch.children()
            yield tail

    def connect(self, observers: ObserverHub) -> None:
        for head, branch, tail in zip(self._heads, self._branches, self._tails, strict=True):
            Chain([head, *branch.flat(), tail], observers)
            branch.connect(observers)

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        if direction is FrameDirection.DOWNSTREAM:
            for head in self._heads:
                await head.queue_frame(frame, direction)
        else:
            for tail in self._tails:
                await tail.push_frame(frame, direction)

    async def collect(self, frame: Frame, direction: FrameDirection) -> None:
        """Take a frame that leaves a branch and let it go on once."""
        key = (id(frame), direction)
        times = self._seen.get(key, 0) + 1
        if times == 1:
            self._order.append((frame, direction))
            if len(self._order) > self._REMEMBERED:
                oldest, way = self._order.popleft()
                self._seen.pop((id(oldest), way), None)
        self._seen[key] = times
        due = len(self._branches) if isinstance(frame, EndFrame) else 1
        if times == due:
            await self.push_frame(frame, direction)

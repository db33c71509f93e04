"""Pipelines: processors in order (PIPE-07…09, PIPE-14); branches side by side are in ``parallel``.

The order is the meaning: transcribe before the model, speak before the output. Nothing waits for whole results: each
processor works on what has come while the ones before it go on (PIPE-08). A cascaded pipeline is input, recogniser,
user's context, model, voice, output, assistant's context; one that speaks to speech leaves recogniser and voice out
(PIPE-09), and then has two connections of its own: to the client and to the model (PIPE-14).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bots.engine.errors import PipelineError

from .observer import ObserverHub
from .processor import FrameProcessor
from .settings import CHECK, SettingWrong


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
        CHECK.lists(FrameProcessor, "processors", processors=processors)
        self.processors = list(processors)

    def flat(self) -> list[FrameProcessor]:
        """Return the processors of this level, inner pipelines dissolved."""
        parts: list[FrameProcessor] = []
        for processor in self.processors:
            parts.extend(processor.flat() if isinstance(processor, Pipeline) else [processor])
        if len(set(parts)) != len(parts):
            raise SettingWrong("A processor stands twice in the same pipeline.")
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

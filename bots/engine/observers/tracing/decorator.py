"""The documents' decorator for a model's own context processing (TRC-11)."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from bots.engine.core.processor import FrameProcessor

from .conversation import tracer_of

if TYPE_CHECKING:
    from bots.engine.context.context import LLMContext

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S", bound=FrameProcessor)


def traced_llm(
    method: Callable[Concatenate[S, LLMContext, P], Awaitable[R]],
) -> Callable[Concatenate[S, LLMContext, P], Awaitable[R]]:
    """Wrap ``async def _process_context(self, context, …)`` of a processor in an ``llm`` span (TRC-11).

    The span begins and ends with the method; the text the processor pushes meanwhile and the metrics it reports are its
    output. Without tracing the method runs as it is. An :class:`LLMService` needs no decorator; with one it still gets
    a single span.
    """

    @functools.wraps(method)
    async def traced(self: S, context: LLMContext, /, *args: P.args, **kwargs: P.kwargs) -> Any:
        tracer = tracer_of(self)
        if tracer is None:
            return await method(self, context, *args, **kwargs)
        with tracer.llm_work(self, context):
            return await method(self, context, *args, **kwargs)

    return traced

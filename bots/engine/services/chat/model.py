"""Chat as a stream of chunks, over any of our language models (LK-01, LK-02, LK-10, LK-11, LK-14)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterable, AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from typing import Any

from bots.engine.clock import BaseClock, SystemClock
from bots.engine.errors import SpecError
from bots.engine.services.llm import LLMService
from bots.engine.services.llm_events import LLMEvent, TextDelta, ToolCallDelta
from bots.engine.services.llm_metrics import MetricsHandler

from .functions import ChatFunction
from .messages import ChatChunk, ChatContext, ChatMessage, FunctionCall, RealtimeChunk
from .standing_alone import stand_alone


class NoSuchOption(SpecError, ValueError):
    """A chat is asked for something that the model behind it does not offer."""

    code = "chat.option"


class LLM(ABC):
    """A language model to chat with (LK-01)."""

    @abstractmethod
    def chat(
        self, *, chat_ctx: ChatContext, fnc_ctx: Sequence[ChatFunction] = (), **kwargs: Any
    ) -> AbstractAsyncContextManager[AsyncIterable[ChatChunk]]:
        """Begin a reply: an async context manager over its chunks; leaving it ends the request (LK-01)."""


class RealtimeModel(ABC):
    """A model that answers a prompt as it comes (LK-02): the place of speech-to-speech services."""

    @abstractmethod
    def generate(self, prompt: str, **kwargs: Any) -> AsyncIterable[RealtimeChunk]:
        """Answer a prompt in chunks, the last of which is final."""


class LLMStream:
    """The chunks of one reply; each is handed on at once, so that a voice can begin with the first (LK-13)."""

    def __init__(self, events: AsyncIterator[LLMEvent]) -> None:
        self._events = events

    def __aiter__(self) -> LLMStream:
        return self

    async def __anext__(self) -> ChatChunk:
        async for event in self._events:
            if isinstance(event, TextDelta) and event.text:
                return ChatChunk(event.text)
            if isinstance(event, ToolCallDelta):
                return ChatChunk("", FunctionCall(event.index, event.id, event.name, event.arguments))
        raise StopAsyncIteration


class ServiceLLM(LLM, RealtimeModel):
    """Any of our model services as a chat. One that is in no pipeline is given a clock and a place of its own.

    Every request is told as ``metrics_collected`` when it is over, without the consumer's doing (LK-09, LK-10).
    """

    def __init__(self, service: LLMService, *, clock: BaseClock | None = None) -> None:
        self.service = service
        stand_alone(service, clock or SystemClock())

    def on(self, name: str, handler: MetricsHandler) -> MetricsHandler:
        """Register a plain function for ``metrics_collected``; do so before the first chat (LK-09)."""
        return self.service.on(name, handler)

    @asynccontextmanager
    async def chat(
        self, *, chat_ctx: ChatContext, fnc_ctx: Sequence[ChatFunction] = (), **kwargs: Any
    ) -> AsyncIterator[LLMStream]:
        """Begin a reply (LK-01). ``fnc_ctx``: functions of this reply besides the chat's own.

        One option is known: ``tool_choice``. Quantisation is a property of a model that you host yourself and cannot be
        asked of it per request (LK-14). Raises ``chat.option``, and the coded errors of the provider.
        """
        if "quantization" in kwargs:
            raise NoSuchOption("quantization must be chosen where the model is hosted: choose another model there.")
        if unknown := sorted(set(kwargs) - {"tool_choice"}):
            raise NoSuchOption(f"{unknown[0]} is no option of a chat: set it in the service's settings.")
        context = chat_ctx.as_llm_context(fnc_ctx, kwargs.get("tool_choice"))
        async with aclosing(self.service.requested(context)) as events:  # type: ignore[type-var]
            yield LLMStream(events)

    async def generate(self, prompt: str, **kwargs: Any) -> AsyncIterator[RealtimeChunk]:
        """Answer one prompt (LK-02); the last chunk is final, and empty."""
        context = ChatContext([ChatMessage("user", prompt)])
        async with self.chat(chat_ctx=context, **kwargs) as said:
            async for chunk in said:
                if chunk.text:
                    yield RealtimeChunk(chunk.text, False)
        yield RealtimeChunk("", True)

    async def aclose(self) -> None:
        """Release what the service holds; only for one that is in no pipeline."""
        await self.service.cleanup()

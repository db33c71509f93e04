"""A language model as everything that asks it sees it: stream, one-off answers, adapter, names (LLM-13…16, CTX-14)."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import ClassVar

from bots.engine.context.adapter import BaseLLMAdapter, OpenAILLMAdapter
from bots.engine.context.context import LLMContext

from .llm_events import LLMEvent, TextDelta
from .llm_failures import CompletionTimeout
from .llm_metrics import LLMMonitor, MetricsHandler
from .llm_pictures import PictureAskingService
from .llm_run import UsageMode

INFERENCE_SECS = 30.0
"""How long an answer outside the conversation may take (LLM-16)."""


class LanguageModel(PictureAskingService):
    """Streams a model's events for a context; knows nothing of turns and replies.

    ``adapter_class`` translates contexts, the default for chat completions (CTX-14). ``usage_mode``: how the provider
    counts tokens (services 13.2).
    """

    adapter_class: ClassVar[type[BaseLLMAdapter]] = OpenAILLMAdapter
    usage_mode: UsageMode = "final"

    def __init__(self, *, run_in_parallel: bool = True, name: str | None = None) -> None:
        super().__init__(run_in_parallel=run_in_parallel, name=name)
        self._adapter = self.adapter_class()
        self._full_model_name = ""
        self.monitor = LLMMonitor()

    @abstractmethod
    def stream(self, context: LLMContext) -> AsyncIterator[LLMEvent]:
        """Run the model on a context and yield its events; closing the iterator ends the request (LLM-13)."""

    def requested(self, context: LLMContext) -> AsyncIterator[LLMEvent]:
        """Begin a request, told to whoever listens to ``monitor`` when it is over (LK-10)."""
        events = self.stream(context)
        return self.monitor.watch(events, self.clock, self.model_name or self.name) if self.monitor else events

    async def run_inference(
        self, context: LLMContext, max_tokens: int | None = None, system_instruction: str | None = None
    ) -> str | None:
        """Ask once, without frames: summaries, titles, classification (LLM-16).

        ``system_instruction`` takes the place of the configured one; ``max_tokens`` is for providers that can limit an
        answer. None when nothing was answered. Raises the coded errors of the provider, ``llm.timeout`` after 30 s.
        """
        messages = context.get_messages()
        if system_instruction:
            rest = messages[1:] if messages and messages[0].get("role") == "system" else messages
            messages = [{"role": "system", "content": system_instruction}, *rest]
        try:
            async with asyncio.timeout(INFERENCE_SECS), aclosing(self.stream(LLMContext(messages))) as events:  # type: ignore[type-var]
                said = [event.text async for event in events if isinstance(event, TextDelta)]
        except TimeoutError as error:
            raise CompletionTimeout("The model did not answer in time.", retryable=True) from error
        return "".join(said) or None

    def on(self, name: str, handler: MetricsHandler) -> MetricsHandler:
        """Let a plain function hear of every request's figures: the one event is ``metrics_collected`` (LK-09)."""
        return self.monitor.on(name, handler)

    def get_llm_adapter(self) -> BaseLLMAdapter:
        """Return what translates a context for this model (CTX-14)."""
        return self._adapter

    def set_full_model_name(self, full_model_name: str) -> None:
        """Note which model the provider says it has used (LLM-15)."""
        self._full_model_name = self.model_name = full_model_name

    def get_full_model_name(self) -> str:
        """Return the model the provider has last named; empty before its first answer (LLM-15)."""
        return self._full_model_name

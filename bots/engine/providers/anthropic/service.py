"""Anthropic's messages through the official SDK (services 1, 1.2; LLM-02…20)."""

from __future__ import annotations

import asyncio
import os
import warnings
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, ClassVar, cast

from bots.engine.context.anthropic import AnthropicLLMAdapter
from bots.engine.context.context import LLMContext
from bots.engine.core.processor import handles
from bots.engine.frames import LLMEnablePromptCachingFrame, StartFrame
from bots.engine.providers.aggregators import MakesAggregators
from bots.engine.providers.connections import pooled
from bots.engine.services.llm import LLMDeadlines, LLMLimits, LLMService
from bots.engine.services.llm_events import LLMEvent
from bots.engine.services.llm_failures import CHECK, BadLLMSetting, CompletionTimeout
from bots.engine.services.llm_model import INFERENCE_SECS
from bots.engine.services.llm_settings import LLMSettings, changed_in_call, settled
from bots.engine.services.retries import again_when_late

from .errors import told_as_ours
from .events import MessageReader
from .options import AnthropicInputParams, AnthropicLLMSettings, AnthropicSettings

if TYPE_CHECKING:
    from anthropic import AsyncAnthropic

ADDRESS = "https://api.anthropic.com"
NO_KEY = "not-given"
MOST_THOUGHTS = 16


class AnthropicLLMService(MakesAggregators, LLMService):
    """Streams a message per context: text, tool use, pictures, prompt caching.

    Settings count in this order, the later ones win (LLM-07): defaults, ``model``, ``params`` (only without
    ``settings``), ``settings``. Without ``api_key`` the environment's ``ANTHROPIC_API_KEY`` is used, for Anthropic's
    own address only. ``LLMEnablePromptCachingFrame`` switches caching during a call. Error: ``llm.setting``.
    """

    adapter_class = AnthropicLLMAdapter
    usage_mode = "cumulative"
    Settings: ClassVar[type[AnthropicLLMSettings]] = AnthropicLLMSettings
    InputParams: ClassVar[type[AnthropicInputParams]] = AnthropicInputParams

    def __init__(
        self,
        *,
        api_key: str | None = None,
        model: str | None = None,
        base_url: str | None = None,
        default_headers: Mapping[str, str] | None = None,
        params: AnthropicInputParams | None = None,
        settings: AnthropicLLMSettings | AnthropicSettings | None = None,
        retry_timeout_secs: float | None = None,
        retry_on_timeout: bool | None = None,
        system_instruction: str | None = None,
        run_in_parallel: bool = True,
        deadlines: LLMDeadlines | None = None,
        limits: LLMLimits | None = None,
        apology: str = "",
    ) -> None:
        super().__init__(run_in_parallel=run_in_parallel, deadlines=deadlines, limits=limits, apology=apology)
        CHECK.kinds_or_none(str, "a text", api_key=api_key)
        if api_key and not api_key.strip():
            raise BadLLMSetting("api_key must not be blank.")
        CHECK.texts_by_name(default_headers=default_headers)
        CHECK.kinds_or_none(AnthropicInputParams, "InputParams", params=params)
        given = {
            "model": model, "base_url": base_url, "system_instruction": system_instruction,
            "retry_timeout_secs": retry_timeout_secs, "retry_on_timeout": retry_on_timeout,
        }  # fmt: skip
        self._settings = settled(AnthropicSettings(), given, params, settings)
        self._api_key, self._headers = api_key, dict(default_headers or {})
        self._client: AsyncAnthropic | None = None
        self._thoughts: OrderedDict[str, list[dict[str, Any]]] = OrderedDict()
        self._settle()

    def _settle(self) -> None:
        self.model_name = self._settings.model
        self.turn_completion = self._settings.turn_completion

    async def start(self, frame: StartFrame) -> None:
        await super().start(frame)
        with told_as_ours():
            # Importing the SDK takes a second or two: calls that talk must not wait for that.
            await asyncio.to_thread(lambda: self.client().messages)

    def client(self) -> AsyncAnthropic:
        """Return the SDK's client, made before the first request."""
        if self._client is None:
            import anthropic

            # The SDK warns of models that will end one day; their author is told by the refusal when they have.
            warnings.filterwarnings("ignore", message="(?s)The model .* is deprecated", category=DeprecationWarning)
            warnings.filterwarnings("ignore", message="(?s).*thinking.type=enabled", category=UserWarning)
            own = not self._settings.base_url
            key = self._api_key or (os.environ.get("ANTHROPIC_API_KEY") if own else None) or NO_KEY
            http_client = pooled(anthropic.DefaultAsyncHttpxClient)
            self._client = anthropic.AsyncAnthropic(
                api_key=key,
                base_url=self._settings.base_url or ADDRESS,
                max_retries=0,
                timeout=http_client.timeout,
                http_client=http_client,
                default_headers=self._headers or None,
            )
        return self._client

    def update_settings(self, settings: Mapping[str, Any] | LLMSettings) -> None:
        """Take new settings for the next run (LLM-20); raises ``llm.setting``, and then changes nothing."""
        self._settings = changed_in_call(self._settings, settings)
        self._settle()

    @handles(LLMEnablePromptCachingFrame, consume=True)
    async def on_prompt_caching(self, frame: LLMEnablePromptCachingFrame) -> None:
        """Switch prompt caching from the next request on."""
        self.update_settings({"enable_prompt_caching": frame.enable})

    # -- the request --------------------------------------------------------------------------------------------------

    def build_message_params(self, context: LLMContext, system_instruction: str | None = None) -> dict[str, Any]:
        """Return the request: settings, context, then the extra fields, which win (LLM-09)."""
        settings = self._settings
        adapter = cast("AnthropicLLMAdapter", self.get_llm_adapter())
        from_context = adapter.get_llm_invocation_params(
            context,
            system_instruction=system_instruction or settings.system_instruction,
            enable_prompt_caching=settings.enable_prompt_caching,
        )
        self._put_thoughts(from_context["messages"])
        params = {"model": settings.model, "max_tokens": settings.max_tokens, **from_context}
        if settings.thinking:
            params["thinking"] = dict(settings.thinking)
        # The SDK has no arguments for these any more; they go into the body beside the others, extra last.
        if body := {**settings.sampling(), **settings.extra}:
            params["extra_body"] = body
        return params

    def _put_thoughts(self, messages: list[dict[str, Any]]) -> None:
        """Put the thinking that led to a call before it again: Anthropic asks for it while a tool's result is new."""
        for message in messages:
            for block in message["content"]:
                if block["type"] == "tool_use" and (thoughts := self._thoughts.get(block["id"])):
                    message["content"] = [*thoughts, *message["content"]]
                    break

    def _keep_thoughts(self, reader: MessageReader) -> None:
        if reader.thoughts and reader.calls:
            self._thoughts[reader.calls[0]] = reader.thoughts
            while len(self._thoughts) > MOST_THOUGHTS:
                self._thoughts.popitem(last=False)

    async def _request(self, context: LLMContext) -> Any:
        import anthropic

        params, settings = self.build_message_params(context), self._settings
        return await again_when_late(
            lambda: self.client().messages.create(**params, stream=True),
            wanted=settings.retry_on_timeout,
            patience=settings.retry_timeout_secs,
            late=anthropic.APITimeoutError,
        )

    async def stream(self, context: LLMContext) -> AsyncIterator[LLMEvent]:
        """Yield the events of one message; first the iterator is closed, then the stream (LLM-13)."""
        reader = MessageReader()
        with told_as_ours():
            events = await self._request(context)
            try:
                async with aclosing(aiter(events)) as opened:
                    async for event in opened:
                        for told in reader.read(event):
                            yield told
            finally:
                await events.close()
            self._keep_thoughts(reader)

    async def run_inference(
        self, context: LLMContext, max_tokens: int | None = None, system_instruction: str | None = None
    ) -> str | None:
        """Ask once, without streaming and without frames: summaries, titles, classification (LLM-16)."""
        params = self.build_message_params(context, system_instruction)
        if max_tokens is not None:
            params["max_tokens"] = max_tokens
        try:
            with told_as_ours():
                async with asyncio.timeout(INFERENCE_SECS):
                    answer = await self.client().messages.create(**params)
        except TimeoutError as error:
            raise CompletionTimeout("The model did not answer in time.", retryable=True) from error
        blocks = getattr(answer, "content", None)
        texts = [getattr(block, "text", "") for block in blocks or () if getattr(block, "type", None) == "text"]
        return "".join(texts) or None

    async def cleanup(self) -> None:
        await super().cleanup()
        if self._client is not None:
            await self._client.close()

"""Chat completions through the official SDK, at any base address (LLM-03…20)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, ClassVar

from bots.engine.context.context import LLMContext
from bots.engine.frames import StartFrame
from bots.engine.providers.aggregators import MakesAggregators
from bots.engine.services.llm import LLMDeadlines, LLMLimits, LLMService
from bots.engine.services.llm_events import LLMEvent
from bots.engine.services.llm_failures import CHECK, CompletionTimeout
from bots.engine.services.llm_model import INFERENCE_SECS
from bots.engine.services.llm_settings import LLMSettings, changed_in_call, settled
from bots.engine.services.retries import again_when_late

from .chunks import ChunkReader
from .client import Key, checked_account, key_for, make_client
from .errors import told_as_ours
from .options import OpenAIInputParams, OpenAILLMSettings, OpenAISettings
from .preset import OPENAI, ChatPreset

if TYPE_CHECKING:
    from openai import AsyncOpenAI, AsyncStream
    from openai.types.chat import ChatCompletionChunk


class BaseOpenAILLMService(MakesAggregators, LLMService):
    """Streams a chat completion per context for every vendor that speaks them; ``preset`` says which (LLM-05, LLM-19).

    Settings count in this order, the later ones win (LLM-07): the preset's defaults, ``model``, ``params`` (only
    without ``settings``), ``settings``. ``service_tier`` is auto, flex or priority; ``retry_timeout_secs`` seconds
    bound the first try where ``retry_on_timeout`` asks for a second (LLM-11). Without ``api_key`` the preset's variable
    of the environment is read, for the vendor's own address only; a local server needs none. Error: ``llm.setting``.
    """

    preset: ClassVar[ChatPreset] = OPENAI
    supports_developer_role: bool = True
    Settings: ClassVar[type[OpenAILLMSettings]] = OpenAILLMSettings
    InputParams: ClassVar[type[OpenAIInputParams]] = OpenAIInputParams

    def __init__(
        self,
        *,
        model: str | None = None,
        api_key: Key | None = None,
        base_url: str | None = None,
        organization: str | None = None,
        project: str | None = None,
        default_headers: Mapping[str, str] | None = None,
        service_tier: str | None = None,
        params: OpenAIInputParams | None = None,
        settings: OpenAILLMSettings | OpenAISettings | None = None,
        retry_timeout_secs: float | None = None,
        retry_on_timeout: bool | None = None,
        system_instruction: str | None = None,
        run_in_parallel: bool = True,
        deadlines: LLMDeadlines | None = None,
        limits: LLMLimits | None = None,
        apology: str = "",
    ) -> None:
        super().__init__(run_in_parallel=run_in_parallel, deadlines=deadlines, limits=limits, apology=apology)
        checked_account(api_key, organization, project, default_headers)
        CHECK.kinds_or_none(OpenAIInputParams, "InputParams", params=params)
        CHECK.kinds_or_none(str, "auto, flex or priority", service_tier=service_tier)
        given = {
            "model": model, "service_tier": service_tier, "system_instruction": system_instruction,
            "retry_timeout_secs": retry_timeout_secs, "retry_on_timeout": retry_on_timeout, "base_url": base_url,
        }  # fmt: skip
        defaults = OpenAISettings(model=self.preset.default_model, developer_role=self.preset.developer_role)
        self._settings = settled(defaults, given, params, settings)
        self._account: dict[str, Any] = {
            "organization": organization,
            "project": project,
            "default_headers": default_headers,
        }
        self._api_key = api_key
        self._client: AsyncOpenAI | None = None
        self.citations: list[str] = []
        self.usage_mode = self.preset.usage_mode
        self.supports_developer_role = self.preset.developer_role
        self._settle()

    def _settle(self) -> None:
        self.model_name = self._settings.model
        self.turn_completion = self._settings.turn_completion

    async def start(self, frame: StartFrame) -> None:
        await super().start(frame)
        with told_as_ours():
            # Importing the SDK takes a second or two, making a client 60 ms: calls that talk must not wait for that.
            # This is the model's warm-up (LK-19); its connection is opened by the first request and then kept.
            await asyncio.to_thread(lambda: self.client().chat.completions)

    def client(self) -> AsyncOpenAI:
        """Return the SDK's client, made before the first request."""
        if self._client is None:
            self._client = self.create_client()
        return self._client

    def create_client(self) -> AsyncOpenAI:
        """Make the SDK's client; vendors with an address or a key of another form override this."""
        base_url = self._settings.base_url
        return make_client(
            self.preset, api_key=key_for(self.preset, self._api_key, base_url), base_url=base_url, **self._account
        )

    def update_settings(self, settings: Mapping[str, Any] | LLMSettings) -> None:
        """Take new settings for the next run (LLM-20); raises ``llm.setting``, and then changes nothing."""
        self._settings = changed_in_call(self._settings, settings)
        self._settle()

    def set_model_name(self, model: str) -> None:
        """Use another model from the next run on (services 1, OpenRouter)."""
        self.update_settings({"model": model})

    # -- the request --------------------------------------------------------------------------------------------------

    def _params_of(self, context: LLMContext, system_instruction: str | None = None) -> dict[str, Any]:
        settings = self._settings
        knows = self.supports_developer_role and settings.developer_role
        from_context = self.get_llm_adapter().get_llm_invocation_params(
            context,
            system_instruction=system_instruction or settings.system_instruction,
            convert_developer_to_user=not knows,
        )
        return self.build_chat_completion_params(from_context)

    def build_chat_completion_params(self, params_from_context: Mapping[str, Any]) -> dict[str, Any]:
        """Return the request: stream, settings, context, then the extra fields, which win (LLM-09)."""
        settings = self._settings
        params = self.preset.fitted({
            "model": settings.model,
            "stream": True,
            "stream_options": {"include_usage": True},
            **settings.sampling(),
            **params_from_context,
        })  # fmt: skip
        # Fields that the SDK does not know go into the body beside the others, and win over them.
        return {**params, **({"extra_body": dict(settings.extra)} if settings.extra else {})}

    async def get_chat_completions(self, context: LLMContext) -> AsyncStream[ChatCompletionChunk]:
        """Begin a request; with ``retry_on_timeout`` a first try that is late is made once more, unbounded (LLM-11)."""
        import openai

        params, settings = self._params_of(context), self._settings
        return await again_when_late(
            lambda: self.client().chat.completions.create(**params),
            wanted=settings.retry_on_timeout,
            patience=settings.retry_timeout_secs,
            late=openai.APITimeoutError,
        )

    async def stream(self, context: LLMContext) -> AsyncIterator[LLMEvent]:
        """Yield the events of one completion; first the iterator is closed, then the stream (LLM-13)."""
        reader = ChunkReader(self.preset.usage_mode)
        with told_as_ours():
            chunks = await self.get_chat_completions(context)
            try:
                async with aclosing(aiter(chunks)) as opened:  # type: ignore[type-var]
                    async for chunk in opened:
                        for event in reader.read(chunk):
                            yield event
                        if reader.model and reader.model != self._full_model_name:
                            self.set_full_model_name(reader.model)
            finally:
                self.citations = reader.citations
                await chunks.close()

    async def run_inference(
        self, context: LLMContext, max_tokens: int | None = None, system_instruction: str | None = None
    ) -> str | None:
        """Ask once, without streaming and without frames: summaries, titles, classification (LLM-16)."""
        params = self._params_of(context, system_instruction)
        del params["stream"]
        params.pop("stream_options", None)
        if max_tokens is not None:
            allowed = self.preset.allowed
            params.pop("max_tokens", None)
            params["max_completion_tokens" if "max_completion_tokens" in allowed else "max_tokens"] = max_tokens
        try:
            with told_as_ours():
                async with asyncio.timeout(INFERENCE_SECS):
                    answer = await self.client().chat.completions.create(**params)
        except TimeoutError as error:
            raise CompletionTimeout("The model did not answer in time.", retryable=True) from error
        choices = getattr(answer, "choices", None)
        content = getattr(getattr(choices[0], "message", None), "content", None) if choices else None
        return content if isinstance(content, str) else None

    async def cleanup(self) -> None:
        await super().cleanup()
        if self._client is not None:
            await self._client.close()


class OpenAILLMService(BaseOpenAILLMService):
    """OpenAI's own chat completions; any server that speaks them by ``base_url`` (LLM-05, LLM-19)."""

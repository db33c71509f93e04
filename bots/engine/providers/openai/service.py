"""Chat completions through the official SDK, at any base address (LLM-05…17)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from bots.engine.context.adapter import OpenAILLMAdapter
from bots.engine.context.context import LLMContext
from bots.engine.errors import ProviderError
from bots.engine.frames import LLMTokenUsage, StartFrame
from bots.engine.services.llm import CompletionTimeout, LLMDeadlines, LLMService
from bots.engine.services.llm_events import Finished, LLMEvent, TextDelta, ToolCallDelta, Usage
from bots.engine.services.llm_failures import RateLimited, retry_after_of

from .options import OpenAISettings

if TYPE_CHECKING:
    from openai import AsyncOpenAI

LOCAL_KEY = "not-needed"
INFERENCE_SECS = 30.0
"""How long an answer that is not streamed may take."""


class ChatRefused(ProviderError):
    """The server refused the request."""

    code = "llm.refused"
    next_step = "Check the model's name, the address and the key in the bot's settings."


class ChatKeyRefused(ChatRefused):
    """The server does not accept the key."""

    code = "llm.key_refused"
    owner = "author"
    next_step = "Enter a valid key under Credentials and choose it in the bot's settings."


class ChatUnreadable(ProviderError):
    """The server's answer is no chat completion."""

    code = "llm.unreadable"
    next_step = "Check the address in the bot's settings: it must speak the chat completions of OpenAI."


class ChatBusy(ProviderError):
    """The server is overloaded or a rate limit is reached."""

    code = "llm.busy"
    next_step = "Wait a moment, or raise the provider's limits."


class ChatUnreachable(ProviderError):
    """The server cannot be reached."""

    code = "llm.unreachable"
    owner = "network"
    next_step = "Check that the server runs and that its address in the bot's settings is right."


class OpenAILLMService(LLMService):
    """Streams a chat completion per context. Without ``api_key`` a local server is assumed."""

    supports_developer_role: ClassVar[bool] = True
    Settings = OpenAISettings

    def __init__(
        self,
        *,
        api_key: str | None = None,
        settings: OpenAISettings | None = None,
        system_instruction: str | None = None,
        organization: str | None = None,
        project: str | None = None,
        default_headers: Mapping[str, str] | None = None,
        run_in_parallel: bool = True,
        deadlines: LLMDeadlines | None = None,
        apology: str = "",
    ) -> None:
        super().__init__(run_in_parallel=run_in_parallel, deadlines=deadlines, apology=apology)
        self._settings = settings or OpenAISettings()
        self._instruction = system_instruction
        self._adapter = OpenAILLMAdapter()
        self._account = {"organization": organization, "project": project, "default_headers": default_headers}
        self._api_key = api_key
        self._client: AsyncOpenAI | None = None
        self.model_name = self._settings.model

    async def start(self, frame: StartFrame) -> None:
        await super().start(frame)
        with told_as_ours():
            # Importing the SDK takes a second or two, making a client 60 ms: calls that talk must not wait for that.
            await asyncio.to_thread(lambda: self.client().chat.completions)

    def client(self) -> AsyncOpenAI:
        """Return the SDK's client, made before the first request."""
        if self._client is None:
            from openai import AsyncOpenAI

            account: dict[str, Any] = {name: value for name, value in self._account.items() if value}
            self._client = AsyncOpenAI(
                api_key=self._api_key or LOCAL_KEY, base_url=self._settings.base_url or None, max_retries=0, **account
            )
        return self._client

    def update_settings(self, settings: Mapping[str, Any]) -> None:
        self._settings = replace(self._settings, **settings)
        self.model_name = self._settings.model

    def build_chat_completion_params(
        self, context: LLMContext, system_instruction: str | None = None
    ) -> dict[str, Any]:
        """Return the request: stream, settings, context, then the extra fields (LLM-09)."""
        settings = self._settings
        return {
            "model": settings.model,
            "stream": True,
            "stream_options": {"include_usage": True},
            **settings.sampling(),
            **self._adapter.get_llm_invocation_params(
                context,
                system_instruction=system_instruction or self._instruction,
                convert_developer_to_user=not (self.supports_developer_role and settings.developer_role),
            ),
            # Fields that the SDK does not know go into the body beside the others, and win over them.
            **({"extra_body": dict(settings.extra)} if settings.extra else {}),
        }

    async def stream(self, context: LLMContext) -> AsyncIterator[LLMEvent]:
        with told_as_ours():
            chunks = await self._request(context)
            try:
                async for chunk in chunks:
                    for event in events_of(chunk):
                        yield event
            finally:
                await chunks.close()

    async def _request(self, context: LLMContext) -> Any:
        params = self.build_chat_completion_params(context)
        create = self.client().chat.completions.create
        if not self._settings.retry_on_timeout:
            return await create(**params)
        try:
            async with asyncio.timeout(self._settings.retry_timeout_secs):
                return await create(**params)
        except TimeoutError:
            return await create(**params)

    async def run_inference(
        self, context: LLMContext, max_tokens: int | None = None, system_instruction: str | None = None
    ) -> str | None:
        """Ask once, without streaming and without frames: summaries, titles, classification (LLM-16)."""
        params = self.build_chat_completion_params(context, system_instruction)
        del params["stream"], params["stream_options"]
        if max_tokens is not None:
            params.pop("max_tokens", None)
            params["max_completion_tokens"] = max_tokens
        try:
            with told_as_ours():
                async with asyncio.timeout(INFERENCE_SECS):
                    answer = await self.client().chat.completions.create(**params)
        except TimeoutError as error:
            raise CompletionTimeout("The model did not answer in time.", retryable=True) from error
        choices = getattr(answer, "choices", None)
        content: str | None = choices[0].message.content if choices else None
        return content

    async def cleanup(self) -> None:
        await super().cleanup()
        if self._client is not None:
            await self._client.close()


@contextmanager
def told_as_ours() -> Iterator[None]:
    """Turn what the SDK raises into coded errors of ours; their texts hold nothing of request or answer."""
    import openai

    try:
        yield
    except openai.APITimeoutError as error:
        raise CompletionTimeout("LLM completion timeout", retryable=True) from error
    except openai.APIConnectionError as error:
        raise ChatUnreachable("The language model's server cannot be reached.", retryable=True) from error
    except (openai.AuthenticationError, openai.PermissionDeniedError) as error:
        raise ChatKeyRefused("The language model's server does not accept the key.") from error
    except openai.RateLimitError as error:
        wait = retry_after_of(error.response.headers.get("retry-after"))
        raise RateLimited("The language model's server takes no more requests for now.", retry_after_s=wait) from error
    except openai.InternalServerError as error:
        raise ChatBusy("The language model's server is overloaded.", retryable=True) from error
    except openai.OpenAIError as error:
        raise ChatRefused("The language model's server refused the request.") from error
    except UnicodeEncodeError as error:
        raise ChatKeyRefused("The key has characters that no key can have.") from error
    except ValueError as error:
        raise ChatUnreadable("The language model's server sent what cannot be read.", retryable=True) from error


def events_of(chunk: Any) -> list[LLMEvent]:
    """Translate one chunk of the SDK; only the first choice counts, and what a lax server leaves out is no fault."""
    events: list[LLMEvent] = []
    if (used := getattr(chunk, "usage", None)) is not None:
        events.append(Usage(_tokens_of(used), getattr(chunk, "model", None)))
    choices = getattr(chunk, "choices", None)
    if not choices:
        return events
    choice = choices[0]
    delta = getattr(choice, "delta", None)
    if delta is not None:
        for position, call in enumerate(getattr(delta, "tool_calls", None) or ()):
            index = call.index if isinstance(getattr(call, "index", None), int) else position
            asked = getattr(call, "function", None)
            name, arguments = getattr(asked, "name", None) or "", getattr(asked, "arguments", None) or ""
            events.append(ToolCallDelta(index, getattr(call, "id", None) or "", name, arguments))
        audio = getattr(delta, "audio", None)
        text = getattr(delta, "content", None) or (audio.get("transcript") if isinstance(audio, dict) else None)
        if isinstance(text, str) and text:
            events.append(TextDelta(text))
    if reason := getattr(choice, "finish_reason", None):
        events.append(Finished(str(reason)))
    return events


def _tokens_of(used: Any) -> LLMTokenUsage:
    prompt, completion = getattr(used, "prompt_tokens", None) or 0, getattr(used, "completion_tokens", None) or 0
    return LLMTokenUsage(
        prompt,
        completion,
        getattr(used, "total_tokens", None) or prompt + completion,
        getattr(getattr(used, "prompt_tokens_details", None), "cached_tokens", None),
        getattr(getattr(used, "completion_tokens_details", None), "reasoning_tokens", None),
    )

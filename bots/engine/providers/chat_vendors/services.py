"""The documented class of each vendor, bound to its row of the table (services 1, 13.2)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bots.engine.providers.openai.client import key_for, make_client
from bots.engine.providers.openai.options import OpenAIInputParams
from bots.engine.providers.openai.service import BaseOpenAILLMService, OpenAILLMService
from bots.engine.services.llm_failures import BadLLMSetting

from .google_token import GoogleToken, read_account
from .openpipe import OpenPipeLLMService
from .table import PRESETS

if TYPE_CHECKING:
    from openai import AsyncOpenAI


class AzureLLMService(BaseOpenAILLMService):
    """Azure OpenAI: ``model`` is the deployment's name, ``endpoint`` the resource's address; the key is a header.

    ``endpoint`` and ``model`` None: ``AZURE_CHATGPT_ENDPOINT`` and ``AZURE_CHATGPT_MODEL`` of the environment.
    """

    preset = PRESETS["azure"]

    def __init__(self, *, endpoint: str | None = None, api_version: str = "2024-09-01-preview", **options: Any) -> None:
        if not (options.get("model") or options.get("settings")):
            options["model"] = os.environ.get("AZURE_CHATGPT_MODEL") or None
        super().__init__(**options)
        self._endpoint = endpoint or os.environ.get("AZURE_CHATGPT_ENDPOINT", "")
        self._version = api_version
        for name, value in (("endpoint", self._endpoint), ("model", self._settings.model)):
            if not value:
                raise BadLLMSetting(f"{name} is missing: Azure has no default.")

    def create_client(self) -> AsyncOpenAI:
        azure = {"endpoint": self._endpoint, "api_version": self._version}
        key = key_for(self.preset, self._api_key, "")
        return make_client(self.preset, api_key=key, base_url="", azure=azure, **self._account)


class CerebrasLLMService(BaseOpenAILLMService):
    """Cerebras."""

    preset = PRESETS["cerebras"]


class DeepSeekLLMService(BaseOpenAILLMService):
    """DeepSeek; its reasoning is never spoken."""

    preset = PRESETS["deepseek"]


class FireworksLLMService(BaseOpenAILLMService):
    """Fireworks AI."""

    preset = PRESETS["fireworks"]


@dataclass(slots=True, kw_only=True)
class VertexInputParams(OpenAIInputParams):
    """Settings of a Vertex model, with its place: ``location`` and ``project_id`` (needed)."""

    location: str = "us-east4"
    project_id: str = ""

    def given(self) -> dict[str, Any]:
        return {
            name: value
            for name, value in OpenAIInputParams.given(self).items()
            if name not in ("location", "project_id")
        }


class GoogleVertexLLMService(BaseOpenAILLMService):
    """Google Vertex AI, with a service account: ``credentials`` (JSON), ``credentials_path``, or the environment's.

    ``project_id`` and ``location`` may also stand in ``params``. Tokens live an hour and are renewed before that.
    """

    preset = PRESETS["vertex"]
    InputParams = VertexInputParams

    def __init__(
        self,
        *,
        credentials: str | None = None,
        credentials_path: str | None = None,
        project_id: str | None = None,
        location: str | None = None,
        **options: Any,
    ) -> None:
        place = options.get("params") or VertexInputParams()
        super().__init__(**options)
        self._project = project_id or getattr(place, "project_id", "")
        self._location = location or getattr(place, "location", "us-east4")
        if not self._project:
            raise BadLLMSetting("project_id is missing.")
        self._account_file = read_account(credentials, credentials_path)

    @property
    def address(self) -> str:
        """The address of the model's region, unless another is set."""
        host = f"https://{self._location}-aiplatform.googleapis.com/v1"
        return (
            self._settings.base_url or f"{host}/projects/{self._project}/locations/{self._location}/endpoints/openapi"
        )

    def create_client(self) -> AsyncOpenAI:
        token = GoogleToken(self._account_file, lambda: self.clock.wall().timestamp())
        return make_client(self.preset, api_key=token, base_url=self.address, **self._account)


class GrokLLMService(BaseOpenAILLMService):
    """Grok of xAI; its token counts come again and again and are reported once."""

    preset = PRESETS["grok"]


class GroqLLMService(BaseOpenAILLMService):
    """Groq."""

    preset = PRESETS["groq"]


class NimLLMService(BaseOpenAILLMService):
    """NVIDIA NIM; its token counts grow chunk by chunk and are reported once."""

    preset = PRESETS["nim"]


class OLLamaLLMService(BaseOpenAILLMService):
    """Ollama on this machine or another; needs no key."""

    preset = PRESETS["ollama"]


OllamaLLMService = OLLamaLLMService


class OpenRouterLLMService(BaseOpenAILLMService):
    """OpenRouter; ``set_model_name`` changes the model during a call."""

    preset = PRESETS["openrouter"]


class PerplexityLLMService(BaseOpenAILLMService):
    """Perplexity: searches the web, calls no functions, sees no pictures, insists on taking turns.

    ``citations`` are the addresses that its newest answer is based on.
    """

    preset = PRESETS["perplexity"]


class QwenLLMService(BaseOpenAILLMService):
    """Qwen."""

    preset = PRESETS["qwen"]


class SambaNovaLLMService(BaseOpenAILLMService):
    """SambaNova; its fragments of tool calls carry no index."""

    preset = PRESETS["sambanova"]


class TogetherLLMService(BaseOpenAILLMService):
    """Together AI."""

    preset = PRESETS["together"]


SERVICES: Mapping[str, type[BaseOpenAILLMService]] = {
    kind.preset.key: kind
    for kind in (
        OpenAILLMService, AzureLLMService, CerebrasLLMService, DeepSeekLLMService, FireworksLLMService,
        GoogleVertexLLMService, GrokLLMService, GroqLLMService, NimLLMService, OLLamaLLMService, OpenPipeLLMService,
        OpenRouterLLMService, PerplexityLLMService, QwenLLMService, SambaNovaLLMService, TogetherLLMService,
    )
}  # fmt: skip

"""The SDK's client for a preset: pool, timeouts, and the form in which the key travels (LLM-10, services 13.2)."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from bots.engine.providers.connections import pooled
from bots.engine.services.llm_failures import CHECK, BadLLMSetting

from .preset import ChatPreset

if TYPE_CHECKING:
    from openai import AsyncOpenAI

Key = str | Callable[[], Awaitable[str]]

LOCAL_KEY = "not-needed"


def key_for(preset: ChatPreset, api_key: Key | None, base_url: str) -> Key:
    """Return the key: the one given, else the environment's, which only the vendor's own address is told."""
    checked_account(api_key)
    if api_key:
        return api_key
    own = not base_url or base_url == preset.base_url
    return (os.environ.get(preset.env_var, "") if preset.env_var and own else "") or LOCAL_KEY


def checked_account(
    api_key: object, organization: object = None, project: object = None, default_headers: object = None
) -> None:
    """Check what says whose account it is; an empty key means none. Raises ``llm.setting``."""
    if api_key is not None and not callable(api_key):
        CHECK.kinds(str, "a text", api_key=api_key)
        if isinstance(api_key, str) and api_key and not api_key.strip():
            raise BadLLMSetting("api_key must not be blank.")
    CHECK.kinds_or_none(str, "a text", organization=organization, project=project)
    CHECK.texts_by_name(default_headers=default_headers)


def make_client(
    preset: ChatPreset,
    *,
    api_key: Key,
    base_url: str,
    organization: str | None = None,
    project: str | None = None,
    default_headers: Mapping[str, str] | None = None,
    azure: Mapping[str, str] | None = None,
) -> AsyncOpenAI:
    """Make a client that repeats nothing by itself and keeps its connections (LLM-10).

    ``azure``: ``endpoint`` and ``api_version`` for the address and ``api-key`` header of Azure; the deployment is the
    model of each request.
    """
    import openai

    http_client = pooled(openai.DefaultAsyncHttpxClient)
    headers = {**preset.extra_headers, **(default_headers or {})}
    common: dict[str, Any] = {"max_retries": 0, "http_client": http_client, "timeout": http_client.timeout}
    if headers:
        common["default_headers"] = headers
    if azure is not None:
        return openai.AsyncAzureOpenAI(
            api_key=api_key,
            azure_endpoint=azure["endpoint"],
            api_version=azure["api_version"],
            **common,
        )
    return openai.AsyncOpenAI(
        api_key=api_key,
        base_url=base_url or preset.base_url,
        organization=organization or None,
        project=project or None,
        **common,
    )

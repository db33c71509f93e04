"""What distinguishes one server of chat completions from another: a row of data, no class (services 13.2, LLM-19)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from bots.engine.context.images import without_images
from bots.engine.context.repair import merged_neighbours
from bots.engine.services.llm_run import UsageMode

Auth = Literal["bearer", "api-key", "none", "google-token"]

SAMPLERS = frozenset({
    "frequency_penalty", "presence_penalty", "seed", "temperature", "top_p", "max_tokens", "max_completion_tokens",
})  # fmt: skip
"""The settings of a request that OpenAI's documents name; a preset may allow fewer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatPreset:
    """One vendor. ``base_url`` is empty where the options build it; ``env_var`` holds the key when none is given.

    ``allowed``: settings the vendor takes, others are left out of requests. ``stream_usage``: it knows
    ``stream_options``. ``index_missing``: its fragments of tool calls carry no index. ``alternates``: it insists on
    user and assistant taking turns. ``developer_role``: it knows that role; otherwise those messages become the user's.
    ``highest_temperature`` limits the author's choice.
    """

    key: str
    class_name: str
    label: str
    default_model: str
    base_url: str = ""
    env_var: str = ""
    auth: Auth = "bearer"
    allowed: frozenset[str] = SAMPLERS
    usage_mode: UsageMode = "final"
    stream_usage: bool = True
    tools: bool = True
    index_missing: bool = False
    vision: bool = True
    developer_role: bool = False
    alternates: bool = False
    highest_temperature: float = 2.0
    extra_headers: Mapping[str, str] = field(default_factory=dict)

    def key_needed(self, base_url: str) -> bool:
        """Whether a request to this address needs a key; only a server of one's own may need none."""
        return self.auth == "google-token" or (self.auth != "none" and not base_url)

    def fitted(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return a request with what this vendor does not take left out or put in its words.

        A limit of tokens is kept under the name the vendor knows; a model without tools is sent none.
        """
        fitted = {
            name: value for name, value in params.items() if name not in SAMPLERS or name in self.allowed
        }  # fmt: skip
        for given, known in (("max_completion_tokens", "max_tokens"), ("max_tokens", "max_completion_tokens")):
            if given in params and given not in self.allowed and known in self.allowed:
                fitted.setdefault(known, params[given])
        if "max_completion_tokens" in fitted:
            fitted.pop("max_tokens", None)
        if "service_tier" not in self.allowed:
            fitted.pop("service_tier", None)
        if not self.stream_usage:
            fitted.pop("stream_options", None)
        fitted["messages"] = self._messages(fitted["messages"])
        if not self.tools:
            fitted.pop("tools", None)
            fitted.pop("tool_choice", None)
        return fitted

    def _messages(self, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if not self.vision:
            messages = [{**message, "content": without_images(message.get("content"))} for message in messages]
        if not self.tools:
            messages = [
                {"role": message["role"], "content": message.get("content")}
                for message in messages
                if message["role"] != "tool" and message.get("content")
            ]
        return merged_neighbours(_in_turns(messages)) if self.alternates else messages


def _in_turns(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Instructions first as they are, later ones as the user's words, and the user before the assistant."""
    turns: list[dict[str, Any]] = []
    for message in messages:
        begun = any(earlier["role"] != "system" for earlier in turns)
        if message["role"] == "assistant" and not begun:
            turns.append({"role": "user", "content": "[The call begins.]"})
        turns.append({**message, "role": "user"} if message["role"] == "system" and begun else message)
    return turns


OPENAI = ChatPreset(
    key="openai",
    class_name="OpenAILLMService",
    label="OpenAI or compatible",
    default_model="gpt-4.1",
    base_url="https://api.openai.com/v1",
    env_var="OPENAI_API_KEY",
    allowed=SAMPLERS | {"service_tier"},
    developer_role=True,
)

"""What a bot's author may set for a chat model (LLM-05, LLM-06); the admin form is made from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class OpenAISettings:
    """Settings of a chat completion; None means the provider's own default and is not sent."""

    model: str = field(default="gpt-4.1", metadata={"help": "The model's name, as the server knows it."})
    base_url: str = field(
        default="",
        metadata={"help": "Empty for OpenAI. Ollama: http://localhost:11434/v1, llama.cpp: http://localhost:8080/v1, "
                          "vLLM: http://localhost:8000/v1."},
    )  # fmt: skip
    credential: str = field(
        default="", metadata={"help": "Name of the credential that holds the key; local servers need none."}
    )
    temperature: float | None = field(default=None, metadata={"help": "Freedom of wording.", "min": 0.0, "max": 2.0})
    top_p: float | None = field(default=None, metadata={"help": "Nucleus sampling.", "min": 0.0, "max": 1.0})
    frequency_penalty: float | None = field(
        default=None, metadata={"help": "Avoid repeating words.", "min": -2.0, "max": 2.0}
    )
    presence_penalty: float | None = field(
        default=None, metadata={"help": "Favour new subjects.", "min": -2.0, "max": 2.0}
    )
    seed: int | None = field(default=None, metadata={"help": "Same seed, same answer, where supported.", "min": 0})
    max_tokens: int | None = field(default=None, metadata={"help": "Longest answer (older servers).", "min": 1})
    max_completion_tokens: int | None = field(default=None, metadata={"help": "Longest answer, tokens.", "min": 1})
    service_tier: str | None = field(default=None, metadata={"help": "auto, flex or priority; OpenAI only."})
    developer_role: bool = field(
        default=True, metadata={"help": "The server knows the developer role; switch off where it refuses it."}
    )
    retry_on_timeout: bool = field(default=False, metadata={"help": "Try once more when nothing came in time."})
    retry_timeout_secs: float = field(default=5.0, metadata={"help": "Seconds until that second try.", "min": 0.5})
    extra: Mapping[str, Any] = field(
        default_factory=dict, metadata={"help": "Further request fields as JSON; they win over all others."}
    )

    def sampling(self) -> dict[str, Any]:
        """Return the fields that are set, as they go into a request (LLM-09)."""
        names = ("temperature", "top_p", "frequency_penalty", "presence_penalty", "seed", "max_tokens",
                 "max_completion_tokens", "service_tier")  # fmt: skip
        return {name: value for name in names if (value := getattr(self, name)) is not None}

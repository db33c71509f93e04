"""The adapter of each wire format; a new format is one class and one entry here (CTX-02, CTX-14, LLM-19)."""

from __future__ import annotations

from collections.abc import Mapping

from .adapter import BaseLLMAdapter, OpenAILLMAdapter
from .anthropic import AnthropicLLMAdapter
from .schemas import AdapterType

ADAPTERS: Mapping[AdapterType, type[BaseLLMAdapter]] = {
    AdapterType.OPENAI: OpenAILLMAdapter,
    AdapterType.ANTHROPIC: AnthropicLLMAdapter,
}

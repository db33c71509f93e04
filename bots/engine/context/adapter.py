"""From the common context to a provider's request (CTX-13, CTX-14)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from .context import LLMContext, Message
from .redaction import redacted
from .repair import repaired
from .schemas import AdapterType, ToolsSchema


class BaseLLMAdapter(ABC):
    """Translates a context for one family of providers; keeps no state and changes no context."""

    adapter_type: ClassVar[AdapterType]

    @abstractmethod
    def get_llm_invocation_params(
        self,
        context: LLMContext,
        *,
        system_instruction: str | None = None,
        convert_developer_to_user: bool = False,
    ) -> dict[str, Any]:
        """Return the part of the request that comes from the context (CTX-14)."""

    @abstractmethod
    def to_provider_tools_format(self, tools: ToolsSchema) -> list[Any]:
        """Return the tools as the provider wants them, its custom tools last (FUNC-03)."""

    def get_messages_for_logging(self, context: LLMContext) -> list[Message]:
        """Return the messages without media and secrets, for debug output (CTX-14)."""
        return [redacted(message) for message in context.messages]

    def prepared_messages(
        self, context: LLMContext, system_instruction: str | None, convert_developer_to_user: bool
    ) -> list[Message]:
        """Return sound messages in OpenAI's format, the persona first.

        ``system_instruction`` takes the place of a system message the context begins with (CTX-12);
        ``convert_developer_to_user`` for models that do not know the developer role (CTX-13).
        """
        messages = repaired(context.messages)
        if convert_developer_to_user:
            messages = [
                {**message, "role": "user"} if message.get("role") == "developer" else message for message in messages
            ]
        if system_instruction:
            if messages and messages[0].get("role") == "system":
                messages = messages[1:]
            messages = [{"role": "system", "content": system_instruction}, *messages]
        return messages


class OpenAILLMAdapter(BaseLLMAdapter):
    """The default adapter: chat completions, and everything that speaks them (CTX-14)."""

    adapter_type = AdapterType.OPENAI

    def get_llm_invocation_params(
        self,
        context: LLMContext,
        *,
        system_instruction: str | None = None,
        convert_developer_to_user: bool = False,
    ) -> dict[str, Any]:
        """Return ``messages`` and, when there are tools, ``tools`` and (when set) ``tool_choice``."""
        params: dict[str, Any] = {
            "messages": self.prepared_messages(context, system_instruction, convert_developer_to_user)
        }
        if context.tools is not None and (tools := self.to_provider_tools_format(context.tools)):
            params["tools"] = tools
            if context.tool_choice is not None:
                params["tool_choice"] = context.tool_choice
        return params

    def to_provider_tools_format(self, tools: ToolsSchema) -> list[Any]:
        functions = [
            {
                "type": "function",
                "function": {"name": tool.name, "description": tool.description, "parameters": tool.parameters},
            }
            for tool in tools.schemas
        ]
        return [*functions, *(dict(tool) for tool in tools.custom_tools.get(self.adapter_type, ()))]

"""From the common context to Anthropic's messages (CTX-02, CTX-13, CTX-14, services 1.2). Pure: knows no SDK."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .adapter import BaseLLMAdapter
from .context import LLMContext, Message, ToolChoice
from .images import read_data_url
from .repair import repaired
from .schemas import AdapterType, ToolsSchema

Block = dict[str, Any]

BEGINNING = "[The call begins.]"
SILENCE = "[The caller is silent.]"
_CACHED: Block = {"type": "ephemeral"}
_NATIVE = frozenset({"image", "tool_use", "tool_result", "document", "thinking", "redacted_thinking"})
_NOT_AN_ID = re.compile(r"[^a-zA-Z0-9_-]")
_INSTRUCTIONS = ("system", "developer")


class AnthropicLLMAdapter(BaseLLMAdapter):
    """Messages API: instructions beside the messages, results inside user messages, roles that take turns (CTX-14).

    The system and developer messages a context begins with become the system text; later ones become user messages,
    because there is no such role (CTX-13). Empty text is left out. A conversation begins and ends with the user.
    """

    adapter_type = AdapterType.ANTHROPIC

    def get_llm_invocation_params(
        self,
        context: LLMContext,
        *,
        system_instruction: str | None = None,
        convert_developer_to_user: bool = True,
        enable_prompt_caching: bool = False,
    ) -> dict[str, Any]:
        """Return ``messages`` and, where there are any, ``system``, ``tools`` and ``tool_choice``.

        ``enable_prompt_caching`` marks the ends of what stays the same: the instructions (or tools), and the last two
        user messages.
        """
        system, rest = _instructions_and_rest(repaired(context.messages), system_instruction)
        messages = _turns(rest)
        if not messages and system and not system_instruction:
            messages = [_said("user", system.pop())]
        if not messages or messages[0]["role"] != "user":
            messages.insert(0, _said("user", BEGINNING))
        if messages[-1]["role"] != "user":
            messages.append(_said("user", SILENCE))
        params: dict[str, Any] = {"messages": messages}
        if system:
            params["system"] = [{"type": "text", "text": "\n\n".join(system)}]
        self._add_tools(params, context)
        if enable_prompt_caching:
            _mark_cached(params)
        return params

    def _add_tools(self, params: dict[str, Any], context: LLMContext) -> None:
        tools = self.to_provider_tools_format(context.tools) if context.tools is not None else []
        if tools:
            params["tools"] = tools
            if (choice := _choice(context.tool_choice)) is not None:
                params["tool_choice"] = choice
        elif names := _called(params["messages"]):
            # A history with calls needs their tools, even where none may be called any more.
            params["tools"] = [{"name": name, "input_schema": {"type": "object", "properties": {}}} for name in names]
            params["tool_choice"] = {"type": "none"}

    def to_provider_tools_format(self, tools: ToolsSchema) -> list[Any]:
        functions = [
            {"name": tool.name, "description": tool.description, "input_schema": tool.parameters}
            for tool in tools.schemas
        ]
        return [*functions, *(dict(tool) for tool in tools.custom_tools.get(self.adapter_type, ()))]


def _said(role: str, text: str) -> Message:
    return {"role": role, "content": [{"type": "text", "text": text}]}


def _instructions_and_rest(
    messages: Sequence[Message], system_instruction: str | None
) -> tuple[list[str], list[Message]]:
    """Split off what a context begins with; ``system_instruction`` takes the place of its first system message."""
    count = next((i for i, message in enumerate(messages) if message["role"] not in _INSTRUCTIONS), len(messages))
    leading = list(messages[:count])
    if system_instruction and leading and leading[0]["role"] == "system":
        leading = leading[1:]
    texts = [text for message in leading if (text := _plain(message["content"]))]
    return [*([system_instruction] if system_instruction else []), *texts], list(messages[count:])


def _plain(content: Any) -> str:
    if isinstance(content, str):
        return content.strip()
    return "\n".join(str(part.get("text", "")) for part in content if part.get("type") == "text").strip()


def _turns(messages: Iterable[Message]) -> list[Message]:
    """Return messages of blocks; neighbours of one role are one message."""
    turns: list[Message] = []
    for message in messages:
        role = "assistant" if message["role"] == "assistant" else "user"
        blocks = _blocks(message)
        if not blocks:
            continue
        if turns and turns[-1]["role"] == role:
            turns[-1]["content"] += blocks
        else:
            turns.append({"role": role, "content": blocks})
    for turn in turns:
        if turn["role"] == "assistant" and turn["content"][-1]["type"] == "text":
            turn["content"][-1]["text"] = turn["content"][-1]["text"].rstrip()
    return turns


def _blocks(message: Message) -> list[Block]:
    if message["role"] == "tool":
        content = message.get("content")
        text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
        result: Block = {"type": "tool_result", "tool_use_id": _id(message["tool_call_id"]), "content": text or "{}"}
        return [{**result, "is_error": True} if _is_error(text) else result]
    content = message.get("content")
    parts = [{"type": "text", "text": content}] if isinstance(content, str) else list(content or ())
    blocks = [block for part in parts if (block := _block(part)) is not None]
    blocks += [_tool_use(call) for call in message.get("tool_calls") or ()]
    return blocks


def _block(part: Mapping[str, Any]) -> Block | None:
    kind = part.get("type")
    if kind == "text":
        return {"type": "text", "text": part["text"]} if str(part.get("text") or "").strip() else None
    if kind == "image_url":
        address = part["image_url"]["url"]
        if (found := read_data_url(address)) is not None:
            return {"type": "image", "source": {"type": "base64", "media_type": found[0], "data": found[1]}}
        return {"type": "image", "source": {"type": "url", "url": address}}
    if kind in _NATIVE:
        return dict(part)
    return {"type": "text", "text": f"[{kind}: this model cannot take it.]"}


def _tool_use(call: Mapping[str, Any]) -> Block:
    function = call["function"]
    try:
        given = json.loads(function.get("arguments") or "{}")
    except ValueError:
        given = {}
    return {
        "type": "tool_use", "id": _id(call["id"]), "name": function["name"],
        "input": given if isinstance(given, dict) else {},
    }  # fmt: skip


def _id(name: str) -> str:
    return _NOT_AN_ID.sub("_", str(name))


def _is_error(text: str) -> bool:
    try:
        result = json.loads(text)
    except ValueError:
        return False
    return isinstance(result, dict) and bool(result.get("error"))


def _called(messages: Iterable[Message]) -> list[str]:
    return list(
        dict.fromkeys(
            block["name"] for message in messages for block in message["content"] if block["type"] == "tool_use"
        )
    )


def _choice(choice: ToolChoice | None) -> Block | None:
    if choice is None:
        return None
    if isinstance(choice, str):
        return {"type": {"required": "any"}.get(choice, choice)}
    if "function" in choice:
        return {"type": "tool", "name": choice["function"]["name"]}
    return dict(choice)


def _mark_cached(params: dict[str, Any]) -> None:
    for prefix in (params.get("system"), params.get("tools")):
        if prefix:
            prefix[-1] = {**prefix[-1], "cache_control": _CACHED}
            break
    users = [message for message in params["messages"] if message["role"] == "user"]
    for message in users[-2:]:
        message["content"][-1] = {**message["content"][-1], "cache_control": _CACHED}

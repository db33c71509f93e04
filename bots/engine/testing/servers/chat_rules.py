"""What a server of chat completions refuses: unknown fields, roles out of order, unanswered calls (services 1.1)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bots.engine.providers.openai.preset import ChatPreset

_FIELDS = frozenset({"model", "messages", "stream", "stream_options", "tools", "tool_choice", "response_format"})
_MESSAGE = frozenset({"role", "content", "name", "tool_calls", "tool_call_id", "refusal", "audio"})
_PARTS = {"text": "text", "image_url": "image_url", "input_audio": "input_audio", "file": "file"}


def problem_with(body: Any, preset: ChatPreset, extra: Iterable[str] = ()) -> str:
    """Return the first rule that a request breaks; empty when it is sound."""
    if not isinstance(body, dict) or not isinstance(body.get("model"), str):
        return "you must provide a model parameter"
    allowed = _FIELDS | preset.allowed | set(extra)
    if not preset.stream_usage:
        allowed -= {"stream_options"}
    if not preset.tools:
        allowed -= {"tools", "tool_choice"}
    if unknown := sorted(set(body) - allowed):
        return f"Unrecognized request argument supplied: {unknown[0]}"
    if "max_tokens" in body and "max_completion_tokens" in body:
        return "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported."
    if "tool_choice" in body and "tools" not in body:
        return "'tool_choice' is only allowed when 'tools' are specified."
    return _tools(body.get("tools")) or _messages(body.get("messages"), preset)


def _tools(tools: Any) -> str:
    if tools is None:
        return ""
    if not isinstance(tools, list) or not tools:
        return "Invalid 'tools': empty array."
    for tool in tools:
        function = tool.get("function") if isinstance(tool, dict) and tool.get("type") == "function" else None
        if not isinstance(function, dict) or set(tool) != {"type", "function"}:
            return "Invalid value in 'tools'."
        if set(function) - {"name", "description", "parameters", "strict"} or not function.get("name"):
            return "Invalid function in 'tools'."
        if (function.get("parameters") or {}).get("type") != "object":
            return "Invalid schema for function: must be of type object."
    return ""


def _messages(messages: Any, preset: ChatPreset) -> str:
    if not isinstance(messages, list) or not messages:
        return "Invalid 'messages': empty array."
    roles = {"system", "user", "assistant", *(["tool"] if preset.tools else [])}
    roles |= {"developer"} if preset.developer_role else set()
    waiting: set[str] = set()
    before = ""
    for message in messages:
        role = message.get("role")
        if role not in roles or set(message) - _MESSAGE:
            return f"Invalid message: role {role!r} or a field is not known."
        if role == "tool":
            if message.get("tool_call_id") not in waiting or not isinstance(message.get("content"), str):
                return "messages with role 'tool' must be a response to a preceding message with 'tool_calls'."
            waiting.discard(message["tool_call_id"])
            continue
        if waiting:
            return "An assistant message with 'tool_calls' must be followed by tool messages for each of them."
        waiting = {call["id"] for call in message.get("tool_calls") or ()}
        if problem := _content(message, preset):
            return problem
        if preset.alternates and (
            role == before or (role == "system" and before) or (not before and role == "assistant")
        ):
            return "After the (optional) system message(s), user and assistant roles should be alternating."
        before = role if role != "system" else before
    return "An assistant message with 'tool_calls' must be followed by tool messages." if waiting else ""


def _content(message: dict[str, Any], preset: ChatPreset) -> str:
    content = message.get("content")
    if isinstance(content, str) or (content is None and message.get("tool_calls")):
        return ""
    if not isinstance(content, list) or not content:
        return "Invalid value for 'content': expected a string."
    for part in content:
        kind = part.get("type")
        if kind not in _PARTS or set(part) != {"type", _PARTS[kind]}:
            return f"Invalid content part of type {kind!r}."
        if kind == "image_url":
            address = part["image_url"].get("url", "")
            if not preset.vision or message["role"] != "user" or not address.startswith(("data:image/", "https://")):
                return "Invalid image."
    return ""

"""What Anthropic refuses: unknown fields, roles out of turn, empty text, results without calls (services 1.2)."""

from __future__ import annotations

import base64
import re
from typing import Any

_FIELDS = frozenset({
    "model", "max_tokens", "messages", "system", "tools", "tool_choice", "stream", "temperature", "top_p", "top_k",
    "thinking", "stop_sequences", "metadata",
})  # fmt: skip
_ID = re.compile(r"[a-zA-Z0-9_-]+")
_MEDIA = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
MOST_MARKS = 4


def problem_with(body: Any) -> str:
    """Return the first rule that a request breaks; empty when it is sound."""
    if unknown := sorted(set(body) - _FIELDS):
        return f"{unknown[0]}: Extra inputs are not permitted"
    if not isinstance(body.get("model"), str) or not isinstance(body.get("max_tokens"), int):
        return "model, max_tokens: Field required"
    if body["max_tokens"] < 1:
        return "max_tokens: must be greater than or equal to 1"
    if not 0 <= body.get("temperature", 0) <= 1:
        return "temperature: range: 0..1"
    system = body.get("system")
    if isinstance(system, list) and not all(part["type"] == "text" and part["text"].strip() for part in system):
        return "system: text content blocks must be non-empty"
    if str(body).count("cache_control") > MOST_MARKS:
        return "A maximum of 4 blocks with cache_control may be provided."
    if "tool_choice" in body and not body.get("tools"):
        return "tool_choice may only be specified while providing tools."
    return _tools(body.get("tools") or []) or _messages(body.get("messages"), bool(body.get("tools")))


def _tools(tools: list[dict[str, Any]]) -> str:
    names = [tool.get("name") for tool in tools]
    if len(set(names)) < len(names):
        return "tools: Tool names must be unique."
    for tool in tools:
        if "type" in tool and tool["type"] != "custom":
            continue
        if set(tool) - {"name", "description", "input_schema", "cache_control", "type"}:
            return "tools: Extra inputs are not permitted"
        if (tool.get("input_schema") or {}).get("type") != "object":
            return "tools.input_schema.type: Field required"
    return ""


def _messages(messages: Any, has_tools: bool) -> str:
    if not isinstance(messages, list) or not messages:
        return "messages: at least one message is required"
    if messages[0].get("role") != "user":
        return 'messages: first message must use the "user" role'
    waiting: list[str] = []
    before = ""
    for message in messages:
        role, content = message.get("role"), message.get("content")
        if role not in ("user", "assistant") or set(message) != {"role", "content"} or not content:
            return "messages: role or content is not valid"
        if role == before:
            return 'messages: roles must alternate between "user" and "assistant"'
        before = role
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
        results = [block["tool_use_id"] for block in blocks if block["type"] == "tool_result"]
        if sorted(results) != sorted(waiting) or any(
            block["type"] == "tool_result" for block in blocks[len(results) :]
        ):  # fmt: skip
            return "messages: `tool_use` ids were found without `tool_result` blocks immediately after"
        if problem := next((found for block in blocks if (found := _block(block, role, has_tools))), ""):
            return problem
        waiting = [block["id"] for block in blocks if block["type"] == "tool_use"]
    if waiting:
        return "messages: final message has tool_use without tool_result"
    return "" if before == "user" else "messages: conversation must end with a user message"


def _block(block: dict[str, Any], role: str, has_tools: bool) -> str:
    kind = block["type"]
    if kind == "text":
        return "" if block["text"].strip() else "messages: text content blocks must be non-empty"
    if kind == "image" and role == "user":
        source = block["source"]
        if source["type"] == "url":
            return ""
        return "" if source["media_type"] in _MEDIA and base64.b64decode(source["data"]) else "messages: image"
    if kind == "tool_use" and role == "assistant":
        sound = has_tools and _ID.fullmatch(block["id"]) and isinstance(block["input"], dict)
        return "" if sound else "messages: tool_use is not valid, or `tools` is missing"
    if kind == "tool_result" and role == "user":
        return (
            "" if has_tools and set(block) <= {"type", "tool_use_id", "content", "is_error", "cache_control"} else kind
        )
    if kind in ("thinking", "redacted_thinking") and role == "assistant":
        return "" if kind != "thinking" or block.get("signature") else "messages: thinking.signature: Field required"
    return f"messages: a block of type {kind} cannot be here"

"""What a list of messages must be like before a provider accepts it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from .context import Message

_MISSING = json.dumps({"error": "The function did not give a result."})


def repaired(messages: Iterable[Message]) -> list[Message]:
    """Return ``messages`` with every tool call answered, leaving the originals as they are.

    Results stand right after their call, in its order; a missing one becomes an error result (FUNC-10), of two the
    later counts. Results without a call, calls without an id and messages without content are left out.
    """
    given = list(messages)
    results = {str(message["tool_call_id"]): message for message in given if _is_result(message)}
    answered: set[str] = set()
    sound: list[Message] = []
    for message in given:
        role = message.get("role")
        if role == "tool":
            continue
        if role == "assistant" and message.get("tool_calls"):
            calls = [call for call in message["tool_calls"] if call.get("id") and call["id"] not in answered]
            answered.update(call["id"] for call in calls)
            if calls:
                sound.append({**message, "tool_calls": calls})
                sound += [results.get(call["id"]) or _missing(call["id"]) for call in calls]
            elif not _is_empty(message):
                sound.append({key: value for key, value in message.items() if key != "tool_calls"})
        elif not _is_empty(message):
            sound.append(message)
    return sound


def _is_result(message: Message) -> bool:
    return message.get("role") == "tool" and bool(message.get("tool_call_id"))


def _missing(tool_call_id: str) -> Message:
    return {"role": "tool", "tool_call_id": tool_call_id, "content": _MISSING}


def _is_empty(message: Message) -> bool:
    content = message.get("content")
    nothing = not content.strip() if isinstance(content, str) else not content
    return nothing and not any(message.get(key) for key in ("refusal", "audio", "function_call"))


def merged_neighbours(messages: Sequence[Message]) -> list[Message]:
    """Return ``messages`` with neighbours of one role (user or assistant, plain text) joined by a line end.

    For providers that insist on taking turns; the originals stay as they are.
    """
    merged: list[Message] = []
    for message in messages:
        last = merged[-1] if merged else None
        if last and last["role"] == message.get("role") and _is_plain(last) and _is_plain(message):
            merged[-1] = {**last, "content": f"{last['content']}\n{message['content']}"}
        else:
            merged.append(message)
    return merged


def _is_plain(message: Message) -> bool:
    return (
        set(message) == {"role", "content"}
        and message["role"] in ("user", "assistant")
        and isinstance(message["content"], str)
    )

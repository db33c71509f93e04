"""Checks what we send against what the released clients can decode (client contract 5.3, 5.4, 5.5)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .messages import LABEL
from .version import ClientProfile

WITHOUT_DATA = frozenset({
    "user-started-speaking", "user-stopped-speaking", "bot-started-speaking", "bot-stopped-speaking", "bot-llm-started",
    "bot-llm-stopped", "bot-tts-started", "bot-tts-stopped", "user-mute-started", "user-mute-stopped",
})  # fmt: skip
ECHO = frozenset({"bot-ready", "server-response", "error-response"})
NEW_CALLS = frozenset({"llm-function-call-started", "llm-function-call-in-progress", "llm-function-call-stopped"})
INT32 = range(-(2**31), 2**31)
STATUSES = ("new", "in-progress", "completed")

_TEXT: dict[str, type | tuple[type, ...]] = {"text": str}
_CALL: dict[str, type | tuple[type, ...]] = {"tool_call_id": str, "function_name": str}
FIELDS: dict[str, dict[str, type | tuple[type, ...]]] = {
    "bot-ready": {"version": str},
    "error": {"error": str, "message": str, "fatal": bool},
    "error-response": {"error": str},
    "server-response": {"t": str},
    "server-message": {},
    "user-transcription": {"text": str, "final": bool, "timestamp": str, "user_id": str},
    "user-llm-text": _TEXT,
    "bot-llm-text": _TEXT,
    "bot-tts-text": _TEXT,
    "bot-transcription": _TEXT,
    "bot-output": {"text": str, "aggregated_by": str, "segment_id": int, "spoken": bool},
    "llm-function-call": {**_CALL, "args": dict},
    "llm-function-call-started": {"function_name": str},
    "llm-function-call-in-progress": {**_CALL, "arguments": dict},
    "llm-function-call-stopped": {**_CALL, "cancelled": bool},
    "metrics": {},
    "ui-command": {"command": str, "payload": dict},
    "ui-job-group": {"kind": str, "job_id": str, "at": str},
}


def problems_of(message: Any, profile: ClientProfile | None = None) -> list[str]:
    """Return what a client of this profile could not decode in one server message; empty when all is well."""
    profile = profile or ClientProfile()
    if not isinstance(message, Mapping):
        return ["The message is not an object."]
    kind, found = message.get("type"), list(_in_envelope(message))
    if isinstance(kind, str) and kind in FIELDS:
        data = message.get("data")
        if not isinstance(data, Mapping):
            return [*found, f"{kind} has no object as data; iOS clients would end."]
        found += [
            f"{kind}.{name} is not {getattr(wanted, '__name__', wanted)}."
            for name, wanted in FIELDS[kind].items()
            if not isinstance(data.get(name), wanted) or (wanted is int and isinstance(data.get(name), bool))
        ]
        if kind in _CHECKS and not found:
            found += _CHECKS[kind](data, profile)
    if kind == "llm-function-call" and not profile.calls_with_args:
        found.append("llm-function-call goes to a client that would run the function twice.")
    if kind in NEW_CALLS and profile.calls_with_args:
        found.append(f"{kind} goes to a client that does not know it.")
    return found


def problems_in(messages: Iterable[Any], profile: ClientProfile | None = None) -> list[str]:
    """Return the problems of a whole conversation: of each message, and of each segment's life at 2.x clients."""
    profile = profile or ClientProfile()
    found: list[str] = []
    lives: dict[int, Mapping[str, Any]] = {}
    for message in messages:
        own = problems_of(message, profile)
        found += own
        if own or message["type"] != "bot-output" or not profile.progress:
            continue
        data = message["data"]
        number, status, before = data["segment_id"], data["spoken_status"], lives.get(data["segment_id"])
        if before is None and status != "new":
            found.append(f"Segment {number} goes on without having begun; nothing would be shown.")
        if before is not None and before["spoken_status"] == "completed":
            found.append(f"Segment {number} goes on after it was completed.")
        if before is not None and "spoken_progress" in data and status != "new":
            so_far = before.get("spoken_progress", {}).get("accumulated_text", "")
            if not data["spoken_progress"]["accumulated_text"].startswith(so_far):
                found.append(f"The progress of segment {number} goes backwards.")
        lives[number] = data
    return found


def _in_envelope(message: Mapping[str, Any]) -> Iterable[str]:
    kind = message.get("type")
    if message.get("label") != LABEL:
        yield "The label is wrong or missing."
    if not isinstance(kind, str) or (kind not in FIELDS and kind not in WITHOUT_DATA):
        yield "The type is missing or no client knows it."
    if has_null(message):
        yield "The message holds a null; iOS clients would drop it."
    if "data" in message and not isinstance(message["data"], Mapping):
        yield "The data is not an object; iOS clients would drop it."
    if kind in ECHO and not (isinstance(message.get("id"), str) and message["id"]):
        yield f"{kind} echoes no id."
    if kind not in ECHO and "id" in message:
        yield f"{kind} carries an id."
    try:
        json.dumps(message, allow_nan=False, ensure_ascii=False).encode()
    except (TypeError, ValueError):
        yield "The message cannot be written as JSON in UTF-8."


def has_null(value: Any) -> bool:
    """Whether there is a null anywhere in the data."""
    if isinstance(value, Mapping):
        return any(has_null(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(has_null(item) for item in value)
    return value is None


def _bot_ready(data: Mapping[str, Any], profile: ClientProfile) -> Iterable[str]:
    if data["version"] != profile.answer:
        yield "bot-ready announces another version than what is spoken."


def _bot_output(data: Mapping[str, Any], profile: ClientProfile) -> Iterable[str]:
    if not profile.output:
        yield "bot-output goes to a client that does not know it."
    if data["aggregated_by"] not in ("word", "sentence"):
        yield "bot-output.aggregated_by is none of the names iOS clients know."
    if data["segment_id"] not in INT32:
        yield "bot-output.segment_id does not fit the 32 bits of Android clients."
    if not profile.progress:
        return
    status, parts = data.get("spoken_status"), data.get("spoken_progress")
    if data["aggregated_by"] == "word":
        yield "A word goes to a client that reads progress."
    if status not in STATUSES or not isinstance(data.get("will_be_spoken"), bool):
        yield "bot-output lacks the fields of 2.0."
    elif not data["will_be_spoken"]:
        if status != "new":
            yield "Text that is not spoken has more than its beginning."
    elif not isinstance(parts, Mapping):
        yield "bot-output has no spoken_progress."
    elif f"{parts.get('accumulated_text')}{parts.get('remaining_text')}" != data["text"]:
        yield "The two parts of spoken_progress are not the text."


def _metrics(data: Mapping[str, Any], profile: ClientProfile) -> Iterable[str]:
    for group, entries in data.items():
        if not isinstance(entries, list):
            yield f"metrics.{group} is not a list."
            continue
        for entry in entries:
            number = entry.get("value") if isinstance(entry, Mapping) else None
            if not isinstance(number, int | float) or not isinstance(entry.get("processor"), str):
                yield f"An entry of metrics.{group} lacks its processor or value."


_CHECKS: dict[str, Callable[[Mapping[str, Any], ClientProfile], Iterable[str]]] = {
    "bot-ready": _bot_ready,
    "bot-output": _bot_output,
    "metrics": _metrics,
}

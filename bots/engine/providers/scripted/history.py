"""The conversation so far, read from messages in the OpenAI format."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Heard:
    """The caller said this."""

    text: str


@dataclass(frozen=True, slots=True)
class Told:
    """The caller heard this from us; after an interruption only the beginning of what was planned."""

    text: str


@dataclass(frozen=True, slots=True)
class Called:
    """A tool was called."""

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Returned:
    """A tool's result, or that it still runs or was cancelled."""

    name: str
    arguments: Mapping[str, Any]
    value: Any
    state: Literal["done", "running", "cancelled"] = "done"


@dataclass(frozen=True, slots=True)
class Instructed:
    """A system or developer message; `node` is the flow node it marks, `say` the words it dictates."""

    text: str
    node: str | None = None
    say: str | None = None


Event = Heard | Told | Called | Returned | Instructed

_MARKER = re.compile(r"\[node:\s*([\w.-]{1,80})\s*\]")
_DICTATED = re.compile(r"\b(?:say|greet|tell)[^\"“”\n]{0,80}[\"“]([^\"“”]{1,2000})[\"”]", re.IGNORECASE)
_STATES: dict[str, Literal["running", "cancelled"]] = {
    "IN_PROGRESS": "running",
    "RUNNING": "running",
    "CANCELLED": "cancelled",
    "CANCELED": "cancelled",
}


def text_of(content: Any) -> str:
    """The text of a message's content: a string, or its text parts."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return " ".join(str(part.get("text") or "") for part in content if isinstance(part, Mapping)).strip()
    return ""


def events_of(messages: Iterable[Any]) -> list[Event]:
    """What happened, in order; entries of unknown shape are passed over."""
    events: list[Event] = []
    calls: dict[str, Called] = {}
    for message in messages:
        if not isinstance(message, Mapping):
            continue
        role, text = message.get("role"), text_of(message.get("content"))
        if role == "user":
            events.append(Heard(text))
        elif role == "assistant":
            events += [Told(text)] if text.strip() else []
            for key, call in _calls(message.get("tool_calls")):
                calls[key] = call
                events.append(call)
        elif role in ("tool", "function"):
            known = calls.get(str(message.get("tool_call_id")), Called(str(message.get("name") or "")))
            events.append(_returned(known, text))
        elif role in ("system", "developer"):
            events.append(_instructed(text))
    return events


def _calls(raw: Any) -> Iterable[tuple[str, Called]]:
    for entry in raw if isinstance(raw, list) else []:
        function = entry.get("function") if isinstance(entry, Mapping) else None
        if isinstance(function, Mapping):
            given = _json(str(function.get("arguments") or "{}"))
            yield (
                str(entry.get("id")),
                Called(str(function.get("name") or ""), given if isinstance(given, dict) else {}),
            )


def _returned(call: Called, text: str) -> Returned:
    value = _json(text)
    state = _STATES.get(value.strip().upper()) if isinstance(value, str) else None
    if value == {"cancelled": True}:
        state = "cancelled"
    if state is None and not text.strip():
        return Returned(call.name, call.arguments, None)
    return Returned(call.name, call.arguments, value, state or "done")


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _instructed(text: str) -> Instructed:
    marks = _MARKER.findall(text)
    dictated = _DICTATED.search(text)
    return Instructed(text, marks[-1] if marks else None, dictated[1].strip() if dictated else None)


def words_in(text: str) -> list[str]:
    """Words for comparing what was planned with what was heard."""
    return re.findall(r"\w+", text.lower())


def begins_with(planned: str, heard: str) -> bool:
    """Whether what was heard is the beginning of what was planned; the last word may be cut."""
    plan, got = words_in(planned), words_in(heard)
    if not got or len(got) > len(plan):
        return False
    return plan[: len(got) - 1] == got[:-1] and plan[len(got) - 1].startswith(got[-1])


def rest_after(planned: str, heard: str) -> str:
    """What of a planned text was not heard yet."""
    ends = [match.end() for match in re.finditer(r"\w+", planned)]
    count = len(words_in(heard))
    return planned[ends[count - 1] :].lstrip(" ,.;:!?") if 0 < count <= len(ends) else planned

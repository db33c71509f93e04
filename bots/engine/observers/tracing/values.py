"""Values as span attributes: scalars as they are, everything else as JSON, private things not at all (TRC-10)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from bots.engine.context.redaction import redacted
from bots.engine.observers.fields import plain

Attributes = dict[str, Any]
LONGEST = 1000
"""Characters that a truncated attribute keeps."""

PRIVATE = re.compile(r"key|secret|token$|password|credential|authorization|header|cookie|url", re.IGNORECASE)
WORDED = re.compile(r"(settings|session)\..*(prompt|instruction|persona|script|vocabulary|phrase|text)", re.IGNORECASE)
"""Settings that are words of the bot's author; content like what is said (TRC-10)."""
CONTENT = frozenset(
    {
        "input", "output", "system", "system_instruction", "transcript", "text", "tools", "tools.definitions",
        "tool.arguments", "tool.result",
    }
)  # fmt: skip
"""Attributes that hold what was said, prompted, or passed to a tool; left out where content may not leave (TRC-10)."""


def attribute(value: Any) -> Any:
    """Return a value as a span may carry it."""
    return value if isinstance(value, str | bool | int | float) else as_json(value)


def as_json(value: Any) -> str:
    """Return JSON text of a value, without media and secrets."""
    return json.dumps(redacted(plain(value)), ensure_ascii=False)


def truncated(value: Any) -> str:
    """Return a value as text of at most 1000 characters."""
    text = value if isinstance(value, str) else as_json(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def told(attributes: Mapping[str, Any], *, content: bool) -> Attributes:
    """Return the attributes that have a value and may be told, in the form a span carries."""
    return {
        name: attribute(value)
        for name, value in attributes.items()
        if value is not None and (content or not (name in CONTENT or WORDED.match(name)))
    }


def _asked(service: object) -> object:
    """Return the service that is asked first, where one stands for several."""
    members = getattr(service, "members", None)
    return getattr(members[0], "service", service) if members else service


def settings_of(service: object) -> dict[str, Any]:
    """Return the scalar settings of a service by name, without anything that could be a secret or an address of one."""
    found: dict[str, Any] = {}
    service = _asked(service)
    for place in ("options", "_settings"):
        settings = getattr(service, place, None)
        values = settings if isinstance(settings, Mapping) else plain(settings) if settings is not None else None
        if isinstance(values, Mapping):
            found |= {
                str(name): value
                for name, value in values.items()
                if isinstance(value, str | bool | int | float) and not PRIVATE.search(str(name))
            }
    return found


def system_of(service: object) -> str:
    """Return the name of a service's provider (``gen_ai.system``): what it calls itself, or the folder it lives in."""
    service = _asked(service)
    for known in (getattr(service, "gen_ai_system", None), getattr(getattr(service, "preset", None), "key", None)):
        if isinstance(known, str) and known:
            return known
    folders = type(service).__module__.split(".")
    if "providers" in folders[:-1]:
        return folders[folders.index("providers") + 1]
    return re.sub(r"(LLM|STT|TTS|Realtime)?(Service)?$", "", type(service).__name__).lower() or "unknown"

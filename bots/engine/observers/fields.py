"""The fields of a frame, as text for people and as JSON for files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from bots.engine.frames import Frame

BINARY_FIELDS = frozenset({"audio", "image", "images"})
"""Fields that hold sound or pictures; left out of logs unless asked for (OBS-03)."""

MOST_CHARACTERS = 500
DEEPEST = 6


def fields_of(frame: Frame, exclude: AbstractSet[str] = BINARY_FIELDS) -> Iterator[tuple[str, Any]]:
    """Yield name and value of a frame's fields, without those excluded."""
    for known in fields(frame):
        if known.name not in exclude:
            yield known.name, getattr(frame, known.name)


def shown(value: Any) -> str:
    """Return a value on one line of at most 500 characters; what holds messages shows them, bytes show their number."""
    if isinstance(value, bytes | bytearray | memoryview):
        return f"<{len(value)} bytes>"
    text = repr(plain(value) if _has_parts(value) else value)
    return text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]}… ({len(text)} characters)"


def _has_parts(value: Any) -> bool:
    return isinstance(value, Mapping | list | tuple | set | frozenset) or is_dataclass(value) or _holds_messages(value)


def _holds_messages(value: Any) -> bool:
    return isinstance(getattr(value, "messages", None), list)


def plain(value: Any, depth: int = 0) -> Any:
    """Return a value as JSON data: records as objects, bytes as their number, what is unknown as its text."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, bytes | bytearray | memoryview):
        return {"bytes": len(value)}
    if depth >= DEEPEST:
        return type(value).__name__
    if is_dataclass(value) and not isinstance(value, type):
        return {known.name: plain(getattr(value, known.name), depth + 1) for known in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): plain(item, depth + 1) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item, depth + 1) for item in value]
    if _holds_messages(value):
        return {"messages": plain(value.messages, depth + 1)}
    return type(value).__name__

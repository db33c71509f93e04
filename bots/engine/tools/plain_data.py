"""What a model gave, as data that every part of the house can write down (S12, P6)."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

MAX_DEPTH = 32


def plain(value: Any, depth: int = 0) -> Any:
    """Return JSON data that can be written as UTF-8 anywhere.

    Half characters become question marks, numbers that are none become null, and so does what is nested too deeply.
    """
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int):
        return value
    if depth >= MAX_DEPTH:
        return None
    if isinstance(value, Mapping):
        return {plain(str(key)): plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item, depth + 1) for item in value]
    return plain(str(value))


def arguments_of(text: str) -> dict[str, Any] | None:
    """Read a model's argument text; empty is no arguments, None is unreadable (LLM-17)."""
    if not text.strip():
        return {}
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return plain(read) if isinstance(read, dict) else None

"""Makes journal data storable in any database without changing what it says."""

import math
import re
from typing import Any

MAX_DEPTH = 32
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable_text(text: str) -> str:
    """The text without NUL characters and lone surrogates, which databases refuse."""
    return _UNSTORABLE.sub("", text)


def storable(value: Any, depth: int = 0) -> Any:
    """A JSON value without what databases refuse; too deep branches become null, infinite numbers too."""
    if isinstance(value, str):
        return storable_text(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, (dict, list, tuple)):
        if depth >= MAX_DEPTH:
            return None
        if isinstance(value, dict):
            return {storable_text(str(key)): storable(item, depth + 1) for key, item in value.items()}
        return [storable(item, depth + 1) for item in value]
    return value


def is_storable(value: Any) -> bool:
    """Whether a JSON value can be stored as it is."""
    return bool(storable(value) == value)


def seconds(value: Any, fallback: float = 0.0) -> float:
    """A finite number of seconds, or the fallback."""
    if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    return fallback


def count(value: Any, fallback: int = 0) -> int:
    """A whole number from zero up, or the fallback."""
    return max(0, round(seconds(value, float(fallback))))

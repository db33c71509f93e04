"""Messages as they may appear in debug output: without media and secrets (CTX-14)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_SECRET_KEY = re.compile(r"api[_-]?key|authorization|password|passwd|secret|token$|credential|cookie", re.IGNORECASE)
_SECRET_TEXT = re.compile(
    r"\b(?:sk|pk|rk)[-_][A-Za-z0-9_-]{12,}|\bBearer\s+\S+|\bAKIA[A-Z0-9]{12,}|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"
)
_DATA_URI = re.compile(r"data:([\w.+-]+/[\w.+-]+)?[^,\s\"]*,[A-Za-z0-9+/=_%-]*")
_MEDIA_KEYS = frozenset({"data", "b64_json", "file_data", "bytes"})
_LONG = 200
HIDDEN = "[hidden]"


def redacted(value: Any, key: str = "") -> Any:
    """Return a copy of ``value`` with secrets hidden and media replaced by their kind and length."""
    if key and _SECRET_KEY.search(key) and value:
        return HIDDEN
    if isinstance(value, Mapping):
        return {name: redacted(item, str(name)) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [redacted(item) for item in value]
    if isinstance(value, bytes | bytearray | memoryview):
        return f"[{len(value)} bytes]"
    if not isinstance(value, str):
        return value
    if key in _MEDIA_KEYS and len(value) > _LONG:
        return f"[{len(value)} characters]"
    text = _DATA_URI.sub(lambda found: f"[{found[1] or 'data'}, {len(found[0])} characters]", value)
    return _SECRET_TEXT.sub(HIDDEN, text)

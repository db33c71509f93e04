"""JSON objects between client and bot, read with suspicion and written so that every client can read them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from bots.engine.errors import EngineError

from .rejections import InputTooLarge, MalformedInput

MAX_TEXT: Final = 1 << 20
_UPDATES: Final = frozenset({"metrics", "user-audio-level", "bot-audio-level", "system-log"})
_REPLACEMENT: Final = "�"


def read_message(raw: str | bytes) -> dict[str, Any]:
    """Return the JSON object in ``raw``; raises MalformedInput or InputTooLarge.

    Half surrogate pairs and NUL characters, which no file or database takes, become replacement characters.
    """
    if len(raw) > MAX_TEXT:
        raise InputTooLarge(f"A message has more than {MAX_TEXT} characters.")
    try:
        text = raw if isinstance(raw, str) else raw.decode()
        found = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise MalformedInput("A message is not JSON.") from error
    if not isinstance(found, dict):
        raise MalformedInput("A message is not a JSON object.")
    if "\\u" in text and ("\\u0000" in text or "\\ud" in text or "\\uD" in text):
        return {_clean(key): _clean(value) for key, value in found.items()}
    return found


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", _REPLACEMENT).encode("utf-8", "replace").decode() if value else value
    if isinstance(value, dict):
        return {_clean(key): _clean(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_clean(item) for item in value]
    return value


def write_message(message: Mapping[str, Any]) -> str:
    """Return ``message`` as JSON text without any null: the Swift client drops messages that hold one (contract 5.5).

    Half surrogate pairs, which no client can decode, become question marks.
    """
    text = json.dumps(message, ensure_ascii=False, separators=(",", ":"))
    if "null" in text:
        text = json.dumps(_without_nulls(message), ensure_ascii=False, separators=(",", ":"))
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _without_nulls(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_without_nulls(item) for item in value if item is not None]
    return value


def error_message(error: EngineError, *, fatal: bool = False) -> dict[str, Any]:
    """Return the RTVI message that tells a client of ``error`` (both generations of the key, contract 5.3)."""
    data = {"error": error.message, "fatal": fatal, **error.as_data()}
    return {"label": "rtvi-ai", "type": "error", "data": data}


def is_update(message: Mapping[str, Any]) -> bool:
    """Whether a later message makes this one unnecessary, so that it may be left out when a client is slow."""
    kind, data = message.get("type"), message.get("data")
    if kind in _UPDATES:
        return True
    if not isinstance(data, Mapping):
        return False
    if kind == "user-transcription":
        return data.get("final") is False
    if kind == "bot-output":
        return data.get("spoken_status") == "in-progress"
    return kind == "ui-job-group" and data.get("kind") == "job_update"

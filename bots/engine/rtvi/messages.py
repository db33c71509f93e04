"""Envelopes of the protocol: read with strict limits, written so that every client can decode them (RTVI-14).

A message is ``{"label": "rtvi-ai", "type": str, "id"?: str, "data"?: object}``. What goes out holds no null, no number
that JSON does not know and no half of a character, and its ``data`` is always an object: the native clients drop it or
crash on anything else (client contract 5.5).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bots.engine.errors import EngineError

from .errors import Malformed, TooLarge

LABEL = "rtvi-ai"
MAX_DEPTH = 32
MAX_ID = 128
MAX_TYPE = 64
DEFAULT_SIZE = 64 * 1024
SIZES = {"ui-snapshot": 256 * 1024, "raw-audio": 1024 * 1024, "raw-audio-batch": 1024 * 1024}


@dataclass(frozen=True, slots=True)
class ClientMessage:
    """One message of a client, within its limits; ``id`` is empty when the client gave none that can be echoed."""

    type: str
    id: str = ""
    data: Any = None


class _Reader:
    """Copies JSON data while it counts: characters plus eight for every value."""

    def __init__(self, limit: int) -> None:
        self._limit = self._left = limit

    def copy(self, value: object, depth: int = 0) -> Any:
        if depth > MAX_DEPTH:
            raise TooLarge(f"The message is nested deeper than {MAX_DEPTH} levels.")
        self._take(8)
        if isinstance(value, str):
            self._take(len(value))
            return whole_text(value)
        if value is None or isinstance(value, bool | int):
            return value
        if isinstance(value, float):
            if not math.isfinite(value):
                raise Malformed("The message holds a number that JSON does not know.")
            return value
        if isinstance(value, Mapping):
            return {self._key(key): self.copy(item, depth + 1) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.copy(item, depth + 1) for item in value]
        raise Malformed("The message holds a value that JSON does not know.")

    def _key(self, key: object) -> str:
        if not isinstance(key, str):
            raise Malformed("The message has a field whose name is not text.")
        self._take(len(key))
        return whole_text(key)

    def _take(self, amount: int) -> None:
        self._left -= amount
        if self._left < 0:
            raise TooLarge(f"The message is larger than the {self._limit} bytes its type may have.")


def whole_text(text: str) -> str:
    """Return ``text`` with halves of surrogate pairs replaced, so that it can be written as UTF-8."""
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def id_of(message: Mapping[str, Any]) -> str:
    """Return the id to echo, or an empty string."""
    given = message.get("id")
    if isinstance(given, int) and not isinstance(given, bool) and abs(given) < 10**MAX_ID:
        given = str(given)
    return whole_text(given) if isinstance(given, str) and len(given) <= MAX_ID else ""


def read(message: Mapping[str, Any]) -> ClientMessage:
    """Read an envelope; raises :class:`Malformed` or :class:`TooLarge`."""
    kind = message.get("type")
    if message.get("label") != LABEL:
        raise Malformed(f'The message has no label "{LABEL}".')
    if not isinstance(kind, str) or not kind or len(kind) > MAX_TYPE:
        raise Malformed("The message has no type.")
    kind = whole_text(kind)
    return ClientMessage(kind, id_of(message), _Reader(SIZES.get(kind, DEFAULT_SIZE)).copy(message.get("data")))


def clean(value: Any, depth: int = 0) -> Any:
    """Return ``value`` as JSON without null anywhere; what has no JSON form becomes text."""
    kind = value.__class__
    if kind is str:
        return whole_text(value)
    if kind is bool or kind is int or value is None:
        return value
    if kind is float:
        return value if math.isfinite(value) else None
    if isinstance(value, int):
        return value
    if isinstance(value, str):
        return whole_text(str(value))
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if depth > MAX_DEPTH:
        return None
    if isinstance(value, Mapping):
        cleaned = {}
        for key, item in value.items():
            if (kept := clean(item, depth + 1)) is not None:
                cleaned[whole_text(str(key))] = kept
        return cleaned
    if isinstance(value, list | tuple):
        return [item for item in (clean(item, depth + 1) for item in value) if item is not None]
    return whole_text(str(value))


def envelope(kind: str, data: Any = None, message_id: str = "") -> dict[str, Any]:
    """Build a message; ``data`` that is not an object is put into one under ``value``."""
    message: dict[str, Any] = {"label": LABEL, "type": kind}
    if message_id:
        message["id"] = message_id
    if data is not None:
        cleaned = clean(data)
        message["data"] = cleaned if isinstance(cleaned, dict) else clean({"value": cleaned})
    return message


def error_response(message_id: str, error: EngineError) -> dict[str, Any]:
    """Build the answer to a message that could not be acted on; without an id to echo it is a general error."""
    if not message_id:
        return error_message(error.message, error.code, error.owner, error.next_step)
    facts = {"code": error.code, "owner": error.owner, "next_step": error.next_step}
    return envelope("error-response", {"error": error.message, **facts}, message_id)


def error_message(text: str, code: str, owner: str, next_step: str, *, fatal: bool = False) -> dict[str, Any]:
    """Build a general error; its text stands under both names that clients read."""
    facts = {"code": code, "owner": owner, "next_step": next_step}
    return envelope("error", {"error": text, "message": text, "fatal": fatal, **facts})

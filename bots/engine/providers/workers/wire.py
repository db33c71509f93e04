"""The message format between the server and a speech worker: length, kind, payload.

Four bytes big-endian length (of kind and payload together), one byte kind, then the payload: ``J`` is a JSON object in
UTF-8, ``P`` is PCM (signed 16-bit little-endian mono). Pure; both sides of the pipe share it.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any

HEADER = struct.Struct(">Ic")
JSON_KIND = b"J"
PCM_KIND = b"P"
MAX_LENGTH = 1 << 20

Message = dict[str, Any] | bytes


class WireError(Exception):
    """Bytes on the pipe that are no message, or a message too long to send."""


def encode(message: Mapping[str, Any] | bytes) -> bytes:
    """Return one message as it goes over the pipe; ``WireError`` when it is longer than ``MAX_LENGTH``."""
    if isinstance(message, bytes):
        kind, payload = PCM_KIND, message
    else:
        kind, payload = JSON_KIND, json.dumps(message, separators=(",", ":")).encode()
    if len(payload) + 1 > MAX_LENGTH:
        raise WireError("message too long")
    return HEADER.pack(len(payload) + 1, kind) + payload


def payload_length(header: bytes) -> tuple[int, bytes]:
    """Return payload length in bytes and kind from the five header bytes; ``WireError`` when they are none."""
    length, kind = HEADER.unpack(header)
    if not 1 <= length <= MAX_LENGTH:
        raise WireError("impossible length")
    if kind not in (JSON_KIND, PCM_KIND):
        raise WireError("unknown kind")
    return length - 1, kind


def decode(kind: bytes, payload: bytes) -> Message:
    """Return the message in a payload; ``WireError`` when a JSON payload is not an object."""
    if kind == PCM_KIND:
        return payload
    try:
        message = json.loads(payload)
    except ValueError as error:
        raise WireError("not JSON") from error
    if not isinstance(message, dict):
        raise WireError("not a JSON object")
    return message

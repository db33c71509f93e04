"""Whose stream a socket is, from its first messages (services 11; TEL-12)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

from bots.engine.errors import TransportError

from .json_stream import Unreadable, custom_of, part, text

FIRST_MESSAGES = 2


class StreamUnknown(TransportError, ValueError):
    """The first messages are of no carrier that is known here."""

    code = "stream.unknown"
    owner = "provider"
    next_step = "Point a media stream of Twilio, Telnyx, Plivo or Exotel at this address."


def carrier_of(messages: list[str]) -> tuple[str, dict[str, Any]] | None:
    """Return carrier and ids from the first one or two messages; None while the second is needed.

    The ids are in the first message of Plivo and in the second of Twilio, Telnyx and Exotel. Error: ``stream.unknown``.
    """
    for message in messages[:FIRST_MESSAGES]:
        try:
            found = json.loads(message)
            if isinstance(found, dict) and found.get("event") == "start":
                return _ids_of(found)
        except (ValueError, RecursionError, Unreadable):
            raise StreamUnknown("The stream's first messages cannot be read.") from None
    if len(messages) >= FIRST_MESSAGES:
        raise StreamUnknown("The stream did not start within its first messages.")
    return None


def _ids_of(message: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    start = part(message, "start")
    if "callSid" in start:
        return "twilio", {
            "stream_id": text(start, "streamSid"), "call_id": text(start, "callSid"),
            "body": custom_of(start.get("customParameters")),
        }  # fmt: skip
    if "call_control_id" in start:
        form = start.get("media_format")
        return "telnyx", {
            "stream_id": text(message, "stream_id"), "call_control_id": text(start, "call_control_id"),
            "outbound_encoding": text(form, "encoding") if isinstance(form, dict) else "",
            "from": text(start, "from"), "to": text(start, "to"), "body": custom_of(start.get("custom_parameters")),
        }  # fmt: skip
    if "callId" in start:
        return "plivo", {"stream_id": text(start, "streamId"), "call_id": text(start, "callId")}
    if "call_sid" in start:
        return "exotel", {
            "stream_id": text(start, "stream_sid"), "call_id": text(start, "call_sid"),
            "account_sid": text(start, "account_sid"), "from": text(start, "from"), "to": text(start, "to"),
            "body": custom_of(start.get("custom_parameters")),
        }  # fmt: skip
    raise StreamUnknown("The stream is of no carrier that is known here.")


async def parse_telephony_websocket(messages: AsyncIterator[str]) -> tuple[str, dict[str, Any]]:
    """Return ``(transport_type, call_data)`` from a socket's messages; reads no further than the start."""
    seen: list[str] = []
    async for message in messages:
        seen.append(message)
        if (found := carrier_of(seen)) is not None:
            return found
    raise StreamUnknown("The stream ended before it started.")

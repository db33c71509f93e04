"""Telnyx with TeXML, emulated (its "TeXML Translator", "Media Streaming over WebSockets", "Webhook signing")."""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from .profile import LineFacts
from .twilio import TwilioProfile


def key_pair(seed: str) -> tuple[Ed25519PrivateKey, str]:
    """Return the key that the emulated carrier signs with, and the public half as its console shows it."""
    private = Ed25519PrivateKey.from_private_bytes(seed.encode()[:32].ljust(32, b"."))
    return private, base64.b64encode(private.public_key().public_bytes_raw()).decode()


class TelnyxProfile(TwilioProfile):
    """Twilio's forms with an Ed25519 signature over time and body; the stream has names of its own."""

    name = "telnyx"

    def signature(self, line: LineFacts, url: str, form: dict[str, str], body: bytes) -> dict[str, str]:
        stamp = str(int(time.time()))
        private, _ = key_pair(line.secret)
        signed = private.sign(stamp.encode() + b"|" + body)
        return {"telnyx-timestamp": stamp, "telnyx-signature-ed25519": base64.b64encode(signed).decode()}

    def start(self, line: LineFacts, custom: Mapping[str, str]) -> dict[str, Any]:
        return {
            "event": "start", "sequence_number": line.number, "stream_id": line.stream_id,
            "start": {
                "user_id": line.account_id, "call_control_id": line.call_id, "client_state": "",
                "from": line.from_number, "to": line.to_number, "custom_parameters": dict(custom),
                "media_format": {"encoding": "PCMU", "sample_rate": 8000, "channels": 1},
            },
        }  # fmt: skip

    def media(self, line: LineFacts, payload: str, at_ms: int) -> dict[str, Any]:
        line.chunk += 1
        return {
            "event": "media", "sequence_number": line.number, "stream_id": line.stream_id,
            "media": {"track": "inbound", "chunk": str(line.chunk), "timestamp": str(at_ms), "payload": payload},
        }  # fmt: skip

    def key(self, line: LineFacts, digit: str) -> dict[str, Any]:
        return {
            "event": "dtmf", "stream_id": line.stream_id, "sequence_number": line.number, "dtmf": {"digit": digit}
        }  # fmt: skip

    def mark(self, line: LineFacts, name: str) -> dict[str, Any]:
        return {"event": "mark", "sequence_number": line.number, "stream_id": line.stream_id, "mark": {"name": name}}

    def stop(self, line: LineFacts) -> dict[str, Any] | None:
        return {
            "event": "stop", "sequence_number": line.number, "stream_id": line.stream_id,
            "stop": {"user_id": line.account_id, "call_control_id": line.call_id},
        }  # fmt: skip

"""Exotel, emulated (its "Working with the Stream and Voicebot Applet", "StatusCallback")."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from .documents import Verb, read_json
from .profile import LineFacts, Profile, Webhook


class ExotelProfile(Profile):
    """Asks by GET and signs nothing; plain samples in chunks of 100 ms."""

    name = "exotel"
    chunk_ms = 100
    tells = frozenset({"in-progress"})

    def webhook(self, line: LineFacts, url: str, form: dict[str, str]) -> Webhook:
        return Webhook("GET", f"{url}{'&' if '?' in url else '?'}{urlencode(form)}", {}, b"")

    def _call(self, line: LineFacts, status: str) -> dict[str, str]:
        return {
            "CallSid": line.call_id, "CallFrom": line.from_number, "CallTo": line.to_number, "CallStatus": status,
            "Direction": "outgoing" if line.outbound else "incoming",
        }  # fmt: skip

    def voice_form(self, line: LineFacts) -> dict[str, str]:
        return self._call(line, "ringing")

    def status_form(self, line: LineFacts, status: str, sequence: int, duration: int) -> dict[str, str]:
        return {**self._call(line, status), "Status": status, "DialCallDuration": str(duration)}

    def read_document(self, body: str) -> list[Verb]:
        return read_json(body)

    def hello(self, line: LineFacts) -> dict[str, Any] | None:
        return {"event": "connected"}

    def start(self, line: LineFacts, custom: Mapping[str, str]) -> dict[str, Any]:
        return {
            "event": "start", "sequence_number": int(line.number), "stream_sid": line.stream_id,
            "start": {
                "stream_sid": line.stream_id, "call_sid": line.call_id, "account_sid": line.account_id,
                "from": line.from_number, "to": line.to_number, "custom_parameters": dict(custom),
                "media_format": {"encoding": "base64", "sample_rate": "8000", "bit_rate": "128kbps"},
            },
        }  # fmt: skip

    def media(self, line: LineFacts, payload: str, at_ms: int) -> dict[str, Any]:
        line.chunk += 1
        return {
            "event": "media", "sequence_number": int(line.number), "stream_sid": line.stream_id,
            "media": {"chunk": line.chunk, "timestamp": str(at_ms), "payload": payload},
        }  # fmt: skip

    def key(self, line: LineFacts, digit: str) -> dict[str, Any]:
        return {"event": "dtmf", "stream_sid": line.stream_id, "dtmf": {"digit": digit, "duration": "100"}}

    def mark(self, line: LineFacts, name: str) -> dict[str, Any]:
        return {"event": "mark", "stream_sid": line.stream_id, "mark": {"name": name}}

    def stop(self, line: LineFacts) -> dict[str, Any] | None:
        return {
            "event": "stop", "stream_sid": line.stream_id, "stop": {"call_sid": line.call_id, "reason": "callended"}
        }  # fmt: skip

    def encode(self, pcm: bytes) -> str:
        return base64.b64encode(pcm).decode()

    def decode(self, payload: str) -> bytes:
        return base64.b64decode(payload, validate=True)

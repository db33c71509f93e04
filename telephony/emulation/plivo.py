"""Plivo, emulated (its "Audio Streaming", "Stream XML", "Signature V3")."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from typing import Any

from .profile import LineFacts, Profile, hmac_of

STATUSES = {
    "initiated": "queued", "ringing": "ringing", "in-progress": "in-progress", "completed": "completed",
    "busy": "busy", "no-answer": "no-answer", "failed": "failed", "canceled": "cancel",
}  # fmt: skip


class PlivoProfile(Profile):
    """Forms with a SHA-256 signature over address, fields and nonce; checkpoints; numbers without a plus."""

    name = "plivo"
    tells = frozenset({"ringing"})

    def signature(self, line: LineFacts, url: str, form: dict[str, str], body: bytes) -> dict[str, str]:
        nonce = secrets.token_hex(10)
        fields = "".join(f"{name}{form[name]}" for name in sorted(form))
        text = f"{url}?{fields}" if fields else url
        proof = hmac_of(line.secret, f"{text}.{nonce}", "sha256")
        return {"X-Plivo-Signature-V3": proof, "X-Plivo-Signature-V3-Nonce": nonce}

    def _call(self, line: LineFacts, status: str) -> dict[str, str]:
        return {
            "CallUUID": line.call_id, "From": line.from_number.lstrip("+"), "To": line.to_number.lstrip("+"),
            "CallStatus": STATUSES[status], "Direction": "outbound" if line.outbound else "inbound",
        }  # fmt: skip

    def voice_form(self, line: LineFacts) -> dict[str, str]:
        return {**self._call(line, "in-progress" if line.outbound else "ringing"), "Event": "StartApp"}

    def status_form(self, line: LineFacts, status: str, sequence: int, duration: int) -> dict[str, str]:
        more = {"Duration": str(duration), "HangupCause": "NORMAL_CLEARING", "Event": "Hangup"}
        return {**self._call(line, status), **(more if status not in ("ringing", "in-progress") else {})}

    def machine_form(self, line: LineFacts) -> dict[str, str]:
        is_machine = str(line.answered_by.startswith("machine")).lower()
        return {**self._call(line, "in-progress"), "Machine": is_machine, "Event": "MachineDetection"}

    def dialled_form(self, status: str, call_id: str, seconds: int) -> dict[str, str]:
        ended = {"declined": "no-answer"}.get(status, status)
        talked = {"DialBLegDuration": str(seconds)} if ended == "completed" else {}
        return {"DialStatus": ended, "DialBLegUUID": call_id, "Event": "Redirect", **talked}

    def hello(self, line: LineFacts) -> dict[str, Any] | None:
        return None

    def start(self, line: LineFacts, custom: Mapping[str, str]) -> dict[str, Any]:
        return {
            "event": "start", "sequenceNumber": 0,
            "start": {
                "callId": line.call_id, "streamId": line.stream_id, "accountId": line.account_id, "tracks": ["inbound"],
                "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000},
            },
            "extra_headers": json.dumps(dict(custom)),
        }  # fmt: skip

    def media(self, line: LineFacts, payload: str, at_ms: int) -> dict[str, Any]:
        line.chunk += 1
        return {
            "event": "media", "sequenceNumber": int(line.number), "streamId": line.stream_id,
            "media": {"track": "inbound", "timestamp": str(at_ms), "chunk": line.chunk, "payload": payload},
        }  # fmt: skip

    def key(self, line: LineFacts, digit: str) -> dict[str, Any]:
        return {"event": "dtmf", "streamId": line.stream_id, "dtmf": {"track": "inbound", "digit": digit}}

    def mark(self, line: LineFacts, name: str) -> dict[str, Any]:
        return {"event": "playedStream", "streamId": line.stream_id, "name": name}

    def stop(self, line: LineFacts) -> dict[str, Any] | None:
        return None

    def read(self, text: str) -> tuple[str, Any]:
        message = json.loads(text)
        event = message.get("event")
        if event == "playAudio":
            return "media", self.decode(message["media"]["payload"])
        if event == "checkpoint":
            return "mark", message["name"]
        return ("clear", None) if event == "clearAudio" else ("", None)

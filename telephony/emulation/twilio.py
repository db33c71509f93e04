"""Twilio, emulated (its "Media Streams - WebSocket Messages", "TwiML Voice", "Webhooks Security")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .profile import LineFacts, Profile, hmac_of


class TwilioProfile(Profile):
    """Forms with a SHA-1 signature over the address and the sorted fields; marks; numbers as texts."""

    name = "twilio"

    def signature(self, line: LineFacts, url: str, form: dict[str, str], body: bytes) -> dict[str, str]:
        text = url + "".join(f"{name}{form[name]}" for name in sorted(form))
        return {"X-Twilio-Signature": hmac_of(line.secret, text, "sha1")}

    def _call(self, line: LineFacts, status: str) -> dict[str, str]:
        return {
            "CallSid": line.call_id, "AccountSid": line.account_id, "From": line.from_number, "To": line.to_number,
            "CallStatus": status, "ApiVersion": "2010-04-01",
            "Direction": "outbound-api" if line.outbound else "inbound",
        }  # fmt: skip

    def voice_form(self, line: LineFacts) -> dict[str, str]:
        known = {"AnsweredBy": line.answered_by} if line.answered_by else {}
        return {**self._call(line, "in-progress" if line.outbound else "ringing"), **known}

    def status_form(self, line: LineFacts, status: str, sequence: int, duration: int) -> dict[str, str]:
        more = {"CallDuration": str(duration)} if status == "completed" else {}
        known = {"AnsweredBy": line.answered_by} if line.answered_by else {}
        return {**self._call(line, status), "SequenceNumber": str(sequence), **more, **known}

    def machine_form(self, line: LineFacts) -> dict[str, str]:
        return {
            "CallSid": line.call_id, "AccountSid": line.account_id, "AnsweredBy": line.answered_by,
            "MachineDetectionDuration": "2000",
        }  # fmt: skip

    def dialled_form(self, status: str, call_id: str, seconds: int) -> dict[str, str]:
        ended = {"declined": "completed"}.get(status, status)
        talked = {"DialCallDuration": str(seconds)} if ended == "completed" else {}
        bridged = "true" if status == "completed" else "false"
        return {"DialCallStatus": ended, "DialCallSid": call_id, "DialBridged": bridged, **talked}

    def start(self, line: LineFacts, custom: Mapping[str, str]) -> dict[str, Any]:
        return {
            "event": "start", "sequenceNumber": line.number, "streamSid": line.stream_id,
            "start": {
                "accountSid": line.account_id, "streamSid": line.stream_id, "callSid": line.call_id,
                "tracks": ["inbound"], "customParameters": dict(custom),
                "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            },
        }  # fmt: skip

    def media(self, line: LineFacts, payload: str, at_ms: int) -> dict[str, Any]:
        line.chunk += 1
        return {
            "event": "media", "sequenceNumber": line.number, "streamSid": line.stream_id,
            "media": {"track": "inbound", "chunk": str(line.chunk), "timestamp": str(at_ms), "payload": payload},
        }  # fmt: skip

    def key(self, line: LineFacts, digit: str) -> dict[str, Any]:
        return {
            "event": "dtmf", "streamSid": line.stream_id, "sequenceNumber": line.number,
            "dtmf": {"track": "inbound_track", "digit": digit},
        }  # fmt: skip

    def mark(self, line: LineFacts, name: str) -> dict[str, Any]:
        return {
            "event": "mark", "sequenceNumber": line.number, "streamSid": line.stream_id, "mark": {"name": name}
        }  # fmt: skip

    def stop(self, line: LineFacts) -> dict[str, Any] | None:
        return {
            "event": "stop", "sequenceNumber": line.number, "streamSid": line.stream_id,
            "stop": {"accountSid": line.account_id, "callSid": line.call_id},
        }  # fmt: skip

"""What carriers send, as their documents show it."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

MULAW_SILENCE = b64encode(b"\xff" * 160).decode()
LINEAR_SILENCE = b64encode(bytes(320)).decode()

START: dict[str, dict[str, Any]] = {
    "twilio": {
        "event": "start", "sequenceNumber": "1", "streamSid": "MZ1",
        "start": {"accountSid": "AC1", "streamSid": "MZ1", "callSid": "CA1", "tracks": ["inbound"],
                  "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
                  "customParameters": {"who": "Anna"}},
    },
    "telnyx": {
        "event": "start", "sequence_number": "1", "stream_id": "32de",
        "start": {"user_id": "3e61", "call_control_id": "v2:T02", "client_state": "", "from": "+15550001",
                  "to": "+15550002", "media_format": {"encoding": "PCMU", "sample_rate": 8000, "channels": 1}},
    },
    "plivo": {
        "event": "start", "sequenceNumber": 0,
        "start": {"callId": "p-call", "streamId": "p-stream", "accountId": "MA1", "tracks": ["inbound"],
                  "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000}},
        "extra_headers": "{X-PH-who: x}; who=Anna",
    },
    "exotel": {
        "event": "start", "sequence_number": 1, "stream_sid": "ex-stream",
        "start": {"stream_sid": "ex-stream", "call_sid": "ex-call", "account_sid": "ex", "from": "+911", "to": "+912",
                  "custom_parameters": {"who": "Anna"},
                  "media_format": {"encoding": "base64", "sample_rate": "8000", "bit_rate": "128kbps"}},
    },
}  # fmt: skip
MEDIA: dict[str, dict[str, Any]] = {
    "twilio": {"event": "media", "sequenceNumber": "4", "streamSid": "MZ1",
               "media": {"track": "inbound", "chunk": "2", "timestamp": "40", "payload": MULAW_SILENCE}},
    "telnyx": {"event": "media", "sequence_number": "4", "stream_id": "32de",
               "media": {"track": "inbound", "chunk": "2", "timestamp": "40", "payload": MULAW_SILENCE}},
    "plivo": {"event": "media", "sequenceNumber": 4, "streamId": "p-stream",
              "media": {"track": "inbound", "chunk": 2, "timestamp": "40", "payload": MULAW_SILENCE}},
    "exotel": {"event": "media", "sequence_number": 4, "stream_sid": "ex-stream",
               "media": {"chunk": 2, "timestamp": "40", "payload": LINEAR_SILENCE}},
}  # fmt: skip
KEY: dict[str, dict[str, Any]] = {
    "twilio": {"event": "dtmf", "streamSid": "MZ1", "sequenceNumber": "5",
               "dtmf": {"track": "inbound_track", "digit": "#"}},
    "telnyx": {"event": "dtmf", "stream_id": "32de", "sequence_number": "5", "dtmf": {"digit": "#"}},
    "plivo": {"event": "dtmf", "streamId": "p-stream", "dtmf": {"track": "inbound", "digit": "#", "timestamp": "1"}},
    "exotel": {"event": "dtmf", "stream_sid": "ex-stream", "dtmf": {"digit": "#", "duration": "100"}},
}  # fmt: skip
MARK: dict[str, dict[str, Any]] = {
    "twilio": {"event": "mark", "streamSid": "MZ1", "mark": {"name": "0-500000"}},
    "telnyx": {"event": "mark", "stream_id": "32de", "mark": {"name": "0-500000"}},
    "plivo": {"event": "playedStream", "streamId": "p-stream", "name": "0-500000"},
    "exotel": {"event": "mark", "stream_sid": "ex-stream", "mark": {"name": "0-500000"}},
}
STOP: dict[str, dict[str, Any]] = {
    "twilio": {"event": "stop", "streamSid": "MZ1", "stop": {"accountSid": "AC1", "callSid": "CA1"}},
    "telnyx": {"event": "stop", "stream_id": "32de", "stop": {"user_id": "3e61", "call_control_id": "v2:T02"}},
    "plivo": {"event": "stop", "streamId": "p-stream"},
    "exotel": {"event": "stop", "stream_sid": "ex-stream", "stop": {"call_sid": "ex-call", "reason": "callended"}},
}
ALL = (START, MEDIA, KEY, MARK, STOP)


def text(message: dict[str, Any]) -> str:
    """A message as it stands on the wire."""
    return json.dumps(message)

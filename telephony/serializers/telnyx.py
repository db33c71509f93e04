"""Telnyx media streaming, both ways (TEL-13, CONF-08; Telnyx's "Media Streaming over WebSockets")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import quote

from bots.engine.transports.media_stream import StreamStarted

from .hang_up import HangUpRequest
from .json_stream import JsonStreamSerializer, Message, custom_of, part, quoted, rate_of, text
from .wire_audio import MULAW, WireAudio

API = "https://api.telnyx.com/v2"


class TelnyxFrameSerializer(JsonStreamSerializer):
    """PCMU or PCMA at 8 kHz in JSON (TEL-13).

    ``inbound_encoding`` is that of the sound which comes from the caller, ``outbound_encoding`` that of ours (CONF-08).
    What the start message says about the caller's sound counts more.
    """

    events: ClassVar[Mapping[str, str]] = {
        "connected": "read_connected", "start": "read_start", "media": "read_media", "dtmf": "read_key",
        "mark": "read_mark", "stop": "read_stop",
    }  # fmt: skip

    @dataclass(frozen=True, slots=True)
    class InputParams:
        """Encodings and rates; ``auto_hang_up`` needs the call's id and the key."""

        telnyx_sample_rate: int = 8000
        sample_rate: int | None = None
        inbound_encoding: str = MULAW
        outbound_encoding: str = MULAW
        auto_hang_up: bool = True

    def __init__(
        self,
        stream_id: str = "",
        outbound_encoding: str = "",
        inbound_encoding: str = "",
        call_control_id: str | None = None,
        api_key: str | None = None,
        params: InputParams | None = None,
    ) -> None:
        super().__init__(stream_id, call_control_id)
        self.params = params or self.InputParams()
        self._key = api_key
        rate = self.params.telnyx_sample_rate
        self.incoming = WireAudio(inbound_encoding or self.params.inbound_encoding, rate)
        self.outgoing = WireAudio(outbound_encoding or self.params.outbound_encoding, rate)
        self._told = bool(outbound_encoding)

    @property
    def hang_up_request(self) -> HangUpRequest | None:
        if not (self.params.auto_hang_up and self.call_id and self._key):
            return None
        return HangUpRequest(
            "POST",
            f"{API}/calls/{quote(self.call_id, safe='')}/actions/hangup",
            {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"},
            b"{}",
            over=(404, 422),
        )

    def started(self, message: Message) -> StreamStarted:
        start = part(message, "start")
        form = start.get("media_format")
        form = form if isinstance(form, dict) else {}
        return StreamStarted(
            stream_id=text(message, "stream_id") or text(start, "stream_id"),
            call_id=text(start, "call_control_id"),
            account_id=text(start, "user_id"),
            from_number=text(start, "from"),
            to_number=text(start, "to"),
            encoding=text(form, "encoding"),
            sample_rate=rate_of(form.get("sample_rate")),
            custom=custom_of(start.get("custom_parameters")),
        )

    def take_form(self, start: StreamStarted) -> None:
        self.incoming = WireAudio(start.encoding or self.incoming.encoding, start.sample_rate)
        # Ours goes out as the caller's comes in, unless somebody has asked for something else.
        self.outgoing = WireAudio(
            self.outgoing.encoding if self._told else self.incoming.encoding, start.sample_rate
        )  # fmt: skip

    def media_message(self, payload: str) -> str:
        return f'{{"event":"media","media":{{"payload":"{payload}"}}}}'

    def clear_message(self) -> str:
        return '{"event":"clear"}'

    def mark(self, name: str) -> str | bytes | None:
        return f'{{"event":"mark","mark":{{"name":{quoted(name)}}}}}'

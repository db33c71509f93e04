"""Twilio Media Streams, both ways (TEL-03…07, TEL-11; Twilio's "Media Streams - WebSocket Messages")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from bots.engine.transports.media_stream import StreamStarted

from .hang_up import HangUpRequest, basic
from .json_stream import JsonStreamSerializer, Message, custom_of, part, quoted, rate_of, text

API = "https://api.twilio.com/2010-04-01"


class TwilioFrameSerializer(JsonStreamSerializer):
    """Mu-law at 8 kHz in JSON (TEL-11). Ids that are left empty are learned from the start message."""

    events: ClassVar[Mapping[str, str]] = {
        "connected": "read_connected", "start": "read_start", "media": "read_media", "dtmf": "read_key",
        "mark": "read_mark", "stop": "read_stop",
    }  # fmt: skip

    @dataclass(frozen=True, slots=True)
    class InputParams:
        """``sample_rate`` overrides the pipeline's input rate; ``auto_hang_up`` needs ids and keys."""

        twilio_sample_rate: int = 8000
        sample_rate: int | None = None
        auto_hang_up: bool = True

    def __init__(
        self,
        stream_sid: str = "",
        call_sid: str | None = None,
        account_sid: str | None = None,
        auth_token: str | None = None,
        params: InputParams | None = None,
    ) -> None:
        super().__init__(stream_sid, call_sid)
        self.params = params or self.InputParams()
        self._account, self._token = account_sid, auth_token
        self.take_form(StreamStarted("", "", sample_rate=self.params.twilio_sample_rate))

    @property
    def hang_up_request(self) -> HangUpRequest | None:
        if not (self.params.auto_hang_up and self.call_id and self._account and self._token):
            return None
        return HangUpRequest(
            "POST",
            f"{API}/Accounts/{self._account}/Calls/{self.call_id}.json",
            {
                "Authorization": basic(self._account, self._token),
                "Content-Type": "application/x-www-form-urlencoded",
            },
            b"Status=completed",
        )

    def started(self, message: Message) -> StreamStarted:
        start = part(message, "start")
        form = start.get("mediaFormat")
        form = form if isinstance(form, dict) else {}
        return StreamStarted(
            stream_id=text(start, "streamSid") or text(message, "streamSid"),
            call_id=text(start, "callSid"),
            account_id=text(start, "accountSid"),
            encoding=text(form, "encoding"),
            sample_rate=rate_of(form.get("sampleRate")),
            custom=custom_of(start.get("customParameters")),
        )

    def media_message(self, payload: str) -> str:
        return f'{{"event":"media","streamSid":{quoted(self.stream_id)},"media":{{"payload":"{payload}"}}}}'

    def clear_message(self) -> str:
        return f'{{"event":"clear","streamSid":{quoted(self.stream_id)}}}'

    def mark(self, name: str) -> str | bytes | None:
        return f'{{"event":"mark","streamSid":{quoted(self.stream_id)},"mark":{{"name":{quoted(name)}}}}}'

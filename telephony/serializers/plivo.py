"""Plivo audio streaming, both ways (TEL-12; Plivo's "Audio Streaming" and "Stream XML")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import quote

from bots.engine.transports.media_stream import StreamCleared, StreamEvent, StreamMark, StreamStarted

from .hang_up import HangUpRequest, basic
from .json_stream import JsonStreamSerializer, Message, Unreadable, custom_of, part, quoted, rate_of, text
from .wire_audio import LINEAR

API = "https://api.plivo.com/v1"


class PlivoFrameSerializer(JsonStreamSerializer):
    """Mu-law at 8 kHz in JSON (TEL-12): the first message holds the ids; a checkpoint is what others call a mark."""

    events: ClassVar[Mapping[str, str]] = {
        "start": "read_start", "media": "read_media", "dtmf": "read_key", "playedStream": "read_played",
        "clearedAudio": "read_cleared", "stop": "read_stop",
    }  # fmt: skip

    @dataclass(frozen=True, slots=True)
    class InputParams:
        """``sample_rate`` overrides the pipeline's input rate; ``auto_hang_up`` needs ids and keys."""

        plivo_sample_rate: int = 8000
        sample_rate: int | None = None
        auto_hang_up: bool = True

    def __init__(
        self,
        stream_id: str = "",
        call_id: str | None = None,
        auth_id: str | None = None,
        auth_token: str | None = None,
        params: InputParams | None = None,
    ) -> None:
        super().__init__(stream_id, call_id)
        self.params = params or self.InputParams()
        self._auth_id, self._token = auth_id, auth_token
        self.take_form(StreamStarted("", "", sample_rate=self.params.plivo_sample_rate))

    @property
    def hang_up_request(self) -> HangUpRequest | None:
        if not (self.params.auto_hang_up and self.call_id and self._auth_id and self._token):
            return None
        url = f"{API}/Account/{quote(self._auth_id, safe='')}/Call/{quote(self.call_id, safe='')}/"
        return HangUpRequest("DELETE", url, {"Authorization": basic(self._auth_id, self._token)})

    def started(self, message: Message) -> StreamStarted:
        start = part(message, "start")
        form = start.get("mediaFormat")
        form = form if isinstance(form, dict) else {}
        return StreamStarted(
            stream_id=text(start, "streamId") or text(message, "streamId"),
            call_id=text(start, "callId"),
            account_id=text(start, "accountId"),
            encoding=text(form, "encoding"),
            sample_rate=rate_of(form.get("sampleRate")),
            custom=_headers(message.get("extra_headers")),
        )

    def read_played(self, message: Message) -> StreamEvent | None:
        """Read a checkpoint that was reached."""
        if not (name := text(message, "name")):
            raise Unreadable("A checkpoint has no name.")
        return StreamMark(name)

    def read_cleared(self, message: Message) -> StreamEvent | None:
        """Read that what was not played is gone."""
        return StreamCleared()

    def media_message(self, payload: str) -> str:
        kind = "audio/x-l16" if self.outgoing.encoding == LINEAR else "audio/x-mulaw"
        return (
            f'{{"event":"playAudio","streamId":{quoted(self.stream_id)},"media":{{"contentType":"{kind}",'
            f'"sampleRate":{self.outgoing.rate},"payload":"{payload}"}}}}'
        )

    def clear_message(self) -> str:
        return f'{{"event":"clearAudio","streamId":{quoted(self.stream_id)}}}'

    def mark(self, name: str) -> str | bytes | None:
        return f'{{"event":"checkpoint","streamId":{quoted(self.stream_id)},"name":{quoted(name)}}}'


def _headers(value: object) -> dict[str, str]:
    """Read extra headers, which come as an object or as ``name=value`` pairs with semicolons or commas."""
    if isinstance(value, str):
        pairs = (pair.partition("=") for pair in value.strip("{}").replace(";", ",").split(","))
        value = {name.strip(): found.strip() for name, _, found in pairs if name.strip()}
    return custom_of(value)

"""Exotel's voice streaming, both ways (services 11; Exotel's "Working with the Stream and Voicebot Applet")."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from bots.engine.transports.media_stream import StreamStarted

from .json_stream import JsonStreamSerializer, Message, custom_of, part, quoted, rate_of, text
from .wire_audio import ALAW, LINEAR, MULAW, SILENCE, WireAudio

STEP, LEAST = 320, 3200
"""Bytes: a chunk is a multiple of 320 and at least 3,200, or it is played with gaps."""


def encoding_of(name: str) -> str:
    """Return what the sound is: plain samples, unless the applet was set to G.711. Other names are no promise."""
    return name if "law" in name.lower() or name.upper() in (MULAW, ALAW) else LINEAR


class ExotelFrameSerializer(JsonStreamSerializer):
    """Plain samples, s16le, at 8, 16 or 24 kHz, in JSON; chunks of 200 ms at 8 kHz. Ending a call closes its socket."""

    events: ClassVar[Mapping[str, str]] = {
        "connected": "read_connected", "start": "read_start", "media": "read_media", "dtmf": "read_key",
        "mark": "read_mark", "stop": "read_stop",
    }  # fmt: skip

    @dataclass(frozen=True, slots=True)
    class InputParams:
        """``sample_rate`` overrides the pipeline's input rate."""

        exotel_sample_rate: int = 8000
        sample_rate: int | None = None

    def __init__(self, stream_id: str = "", call_sid: str | None = None, params: InputParams | None = None) -> None:
        super().__init__(stream_id, call_sid)
        self.params = params or self.InputParams()
        self.incoming = WireAudio(LINEAR, self.params.exotel_sample_rate)
        self.outgoing = WireAudio(LINEAR, self.params.exotel_sample_rate)
        self._kept = bytearray()

    def started(self, message: Message) -> StreamStarted:
        start = part(message, "start")
        form = start.get("media_format")
        form = form if isinstance(form, dict) else {}
        return StreamStarted(
            stream_id=text(start, "stream_sid") or text(message, "stream_sid"),
            call_id=text(start, "call_sid"),
            account_id=text(start, "account_sid"),
            from_number=text(start, "from"),
            to_number=text(start, "to"),
            encoding=encoding_of(text(form, "encoding")),
            sample_rate=rate_of(form.get("sample_rate")),
            custom=custom_of(start.get("custom_parameters")),
        )

    def media(self, pcm: bytes, sample_rate: int) -> str | bytes | None:
        self._kept += self.outgoing.encode(pcm, sample_rate)
        if len(self._kept) < LEAST:
            return None
        whole = len(self._kept) // STEP * STEP
        chunk = bytes(self._kept[:whole])
        del self._kept[:whole]
        return self.media_message(b64encode(chunk).decode("ascii"))

    def rest(self) -> str | bytes | None:
        if not self._kept:
            return None
        size = max(LEAST, -(-len(self._kept) // STEP) * STEP)
        chunk = bytes(self._kept).ljust(size, SILENCE[self.outgoing.encoding])
        self._kept.clear()
        return self.media_message(b64encode(chunk).decode("ascii"))

    def clear(self) -> str | bytes | None:
        self._kept.clear()
        return super().clear()

    def media_message(self, payload: str) -> str:
        return f'{{"event":"media","stream_sid":{quoted(self.stream_id)},"media":{{"payload":"{payload}"}}}}'

    def clear_message(self) -> str:
        return f'{{"event":"clear","stream_sid":{quoted(self.stream_id)}}}'

    def mark(self, name: str) -> str | bytes | None:
        return f'{{"event":"mark","stream_sid":{quoted(self.stream_id)},"mark":{{"name":{quoted(name)}}}}}'

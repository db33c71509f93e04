"""The sound of a media stream: G.711 or plain samples, at the stream's rate (TEL-05, CONF-07)."""

from __future__ import annotations

from bots.engine.audio import g711
from bots.engine.audio.resampler import Resampler
from bots.engine.errors import TransportError

MULAW, ALAW, LINEAR = "PCMU", "PCMA", "L16"
NAMES = {
    "audio/x-mulaw": MULAW, "audio/x-alaw": ALAW, "audio/x-l16": LINEAR, "pcmu": MULAW, "pcma": ALAW, "l16": LINEAR,
    "mulaw": MULAW, "alaw": ALAW, "audio/l16": LINEAR, "base64": LINEAR, "raw/slin": LINEAR, "slin": LINEAR,
}  # fmt: skip
SILENCE = {MULAW: b"\xff", ALAW: b"\xd5", LINEAR: b"\0"}
RATES = (8000, 16000, 24000)


class EncodingUnknown(TransportError, ValueError):
    """A stream has sound in a form that nobody here reads."""

    code = "stream.encoding"
    owner = "provider"
    next_step = "Set the stream to 8 kHz mu-law (PCMU) in the carrier's console."


def encoding_named(name: str) -> str:
    """Return one of ``PCMU``, ``PCMA``, ``L16``; a form may stand behind a semicolon. Error: ``stream.encoding``."""
    known = NAMES.get(name.partition(";")[0].strip().lower())
    if known is None:
        raise EncodingUnknown("The stream's sound has an encoding that is not known here.")
    return known


class WireAudio:
    """One direction of a stream: codes and samples; ``encode`` brings our rate to the stream's and keeps its state."""

    def __init__(self, encoding: str = MULAW, rate: int = 8000) -> None:
        self.encoding = encoding_named(encoding)
        if rate not in RATES:
            raise EncodingUnknown(f"The stream's sound must have one of {', '.join(map(str, RATES))} samples a second.")
        self.rate = rate
        self._resampler: Resampler | None = None

    def encode(self, pcm: bytes, rate: int) -> bytes:
        """Return s16le mono ``pcm`` of ``rate`` Hz as the carrier takes it."""
        if rate != self.rate:
            if self._resampler is None or self._resampler.in_rate != rate:
                self._resampler = Resampler(rate, self.rate)
            pcm = self._resampler.process(pcm)
        if self.encoding == LINEAR:
            return pcm
        return g711.ulaw_encode(pcm) if self.encoding == MULAW else g711.alaw_encode(pcm)

    def decode(self, data: bytes) -> bytes:
        """Return s16le; a half sample at the end of plain samples is dropped."""
        if self.encoding == LINEAR:
            return data[: len(data) & ~1]
        return g711.ulaw_decode(data) if self.encoding == MULAW else g711.alaw_decode(data)

    def reset(self) -> None:
        """Forget what the resampler holds: what comes next is another sound."""
        if self._resampler is not None:
            self._resampler.reset()

"""What HTTP voices answer with, as pieces of speech: one decoder a form (services 13.3, F9; P13).

A decoder gets the body as it comes, in pieces of any size, and is made anew for each answer. Every decoder raises
``VendorFailed(UNREADABLE)`` for what cannot be sound.
"""

from __future__ import annotations

import binascii
import json
from abc import ABC, abstractmethod
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bots.engine.audio.wav import WavError, WavStream, decode
from bots.engine.frames import SpokenWord

from .failures import Failure, VendorFailed
from .tts_sound import SpeechPiece

LONGEST_LINE = 8 << 20
NOT_PCM = (b"ID3", b"OggS", b"fLaC", b"\xff\xfb", b"\xff\xf3", b"<!DO", b"<htm", b'{"er')
Read = Callable[[Mapping[str, Any]], "Sequence[SpeechPiece]"]


class SpeechDecoder(ABC):
    """Turns an answer's bytes into pieces."""

    @abstractmethod
    def feed(self, data: bytes) -> list[SpeechPiece]:
        """Return what these bytes complete."""

    def close(self) -> list[SpeechPiece]:
        """Return what the end of the answer completes."""
        return []


class PCMDecoder(SpeechDecoder):
    """Raw s16le mono at ``rate`` Hz; a WAV, or anything else that names itself, is noticed by its first bytes."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._head: bytes | None = b""
        self._wav: WAVDecoder | None = None

    def feed(self, data: bytes) -> list[SpeechPiece]:
        if self._head is not None:
            self._head += data
            if len(self._head) < 4:
                return []
            data, self._head = self._head, None
            if data.startswith(NOT_PCM):
                raise VendorFailed(Failure.UNREADABLE)
            if data.startswith(b"RIFF"):
                self._wav = WAVDecoder()
        if self._wav is not None:
            return self._wav.feed(data)
        return [SpeechPiece(data, (), self._rate)] if data else []

    def close(self) -> list[SpeechPiece]:
        rest, self._head = self._head, None
        return [SpeechPiece(rest, (), self._rate)] if rest else []


class WAVDecoder(SpeechDecoder):
    """A WAV that is streamed: its header gives the rate, its lengths are not believed."""

    def __init__(self) -> None:
        self._stream = WavStream()

    def feed(self, data: bytes) -> list[SpeechPiece]:
        try:
            audio = self._stream.feed(data)
        except WavError as error:
            raise VendorFailed(Failure.UNREADABLE) from error
        info = self._stream.info
        if info is None or not audio:
            return []
        if info.channels != 1:
            raise VendorFailed(Failure.UNREADABLE)
        return [SpeechPiece(audio, (), info.rate)]


class LineDecoder(SpeechDecoder):
    """One JSON object a line, as such (NDJSON) or behind ``data:`` (server-sent events); ``read`` takes the sound out.

    Other fields of server-sent events, comments and the closing ``[DONE]`` are passed over.
    """

    def __init__(self, read: Read, *, events: bool = False) -> None:
        self._read, self._events = read, events
        self._rest = b""

    def feed(self, data: bytes) -> list[SpeechPiece]:
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LONGEST_LINE:
            raise VendorFailed(Failure.UNREADABLE)
        return [piece for line in lines for piece in self._line(line.strip())]

    def close(self) -> list[SpeechPiece]:
        rest, self._rest = self._rest, b""
        return self._line(rest.strip())

    def _line(self, line: bytes) -> list[SpeechPiece]:
        if self._events:
            name, _, value = line.partition(b":")
            line = value.strip() if name == b"data" else b""
        if not line or line == b"[DONE]":
            return []
        return read_object(line, self._read)


class DocumentDecoder(SpeechDecoder):
    """One JSON object is the whole answer."""

    def __init__(self, read: Read) -> None:
        self._read = read
        self._body = bytearray()

    def feed(self, data: bytes) -> list[SpeechPiece]:
        self._body += data
        if len(self._body) > 4 * LONGEST_LINE:
            raise VendorFailed(Failure.UNREADABLE)
        return []

    def close(self) -> list[SpeechPiece]:
        return read_object(bytes(self._body), self._read)


def read_object(data: bytes, read: Read) -> list[SpeechPiece]:
    """Return what ``read`` finds in a JSON object."""
    try:
        return list(read(json.loads(data)))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise VendorFailed(Failure.UNREADABLE) from error


def from_base64(text: str, rate: int | None = None, words: Sequence[SpokenWord] = ()) -> SpeechPiece:
    """Return base64 sound, raw or with a WAV header, which then gives the rate."""
    return _piece(b64decode(text, validate=True), rate, words)


def from_hex(text: str, rate: int | None = None) -> SpeechPiece:
    """Return hexadecimal sound."""
    try:
        return _piece(binascii.unhexlify(text), rate, ())
    except binascii.Error as error:
        raise ValueError("not hexadecimal") from error


def _piece(audio: bytes, rate: int | None, words: Sequence[SpokenWord]) -> SpeechPiece:
    if not audio.startswith(b"RIFF"):
        return SpeechPiece(audio, words, rate)
    try:
        info, samples = decode(audio)
    except WavError as error:
        raise ValueError("not a WAV") from error
    return SpeechPiece(samples, words, info.rate)

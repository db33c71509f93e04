"""WAV: headers for what we send, reading of what we are sent, and a stereo file that exists only while it is read."""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from pathlib import Path

from bots.engine.errors import EngineError

from .pcm import SAMPLE_BYTES, Buffer, interleave

HEADER_BYTES = 44
_UNKNOWN = 0xFFFFFFFF
_PCM, _EXTENSIBLE = 1, 0xFFFE
_LONGEST_HEADER = 1 << 20


class WavError(EngineError):
    """The bytes are not a WAV file that can be read."""

    code = "audio.wav_malformed"
    owner = "provider"
    next_step = "Ask for raw PCM, or choose another output format in the provider's settings."


class WavUnsupported(WavError):
    """The WAV holds something other than 16-bit PCM in one or two channels."""

    code = "audio.wav_unsupported"


@dataclass(frozen=True, slots=True)
class WavInfo:
    """What a header says; ``start`` is where samples begin, ``length`` their bytes or None when it is not known."""

    rate: int
    channels: int
    start: int
    length: int | None


def header(data_bytes: int | None, rate: int, channels: int = 1) -> bytes:
    """Return the 44-byte header for ``data_bytes`` of 16-bit PCM; None = unknown, as in a stream (REC-10)."""
    frame = channels * SAMPLE_BYTES
    data = _UNKNOWN if data_bytes is None else min(data_bytes, _UNKNOWN)
    body = struct.pack("<4sIHHIIHH", b"fmt ", 16, _PCM, channels, rate, rate * frame, frame, 16)
    return struct.pack("<4sI4s", b"RIFF", min(data + 36, _UNKNOWN), b"WAVE") + body + struct.pack("<4sI", b"data", data)


def encode(pcm: Buffer, rate: int, channels: int = 1) -> bytes:
    """Return a complete WAV file."""
    return header(len(pcm), rate, channels) + bytes(pcm)


def parse_header(data: Buffer) -> WavInfo | None:
    """Return what the header says, or None when ``data`` ends before its samples begin.

    Chunks other than ``fmt`` and ``data`` are skipped. Lengths of 0 and 0xFFFFFFFF (or nearly) mean unknown. Errors:
    ``audio.wav_malformed``, ``audio.wav_unsupported``.
    """
    view = memoryview(data)
    if bytes(view[:4]) != b"RIFF"[: len(view)] or bytes(view[8:12]) != b"WAVE"[: max(0, len(view) - 8)]:
        raise WavError("The audio does not begin like a WAV file.")
    at, shape = 12, None
    while at + 8 <= len(view):
        name, length = struct.unpack_from("<4sI", view, at)
        if name == b"data":
            if shape is None:
                raise WavError("The WAV file has samples before their format.")
            known = 0 < length < _UNKNOWN - (1 << 16)
            return WavInfo(*shape, start=at + 8, length=length if known else None)
        if length > _LONGEST_HEADER:
            raise WavError("The WAV file's header does not end.")
        if name == b"fmt ":
            if at + 8 + length > len(view):
                return None
            shape = _shape(view[at + 8 : at + 8 + length])
        at += 8 + length + length % 2
    return None


def _shape(fmt: memoryview) -> tuple[int, int]:
    if len(fmt) < 16:
        raise WavError("The WAV file's format is cut short.")
    kind, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", fmt)
    if kind == _EXTENSIBLE and len(fmt) >= 26:
        kind = struct.unpack_from("<H", fmt, 24)[0]
    if kind != _PCM or bits != 16 or channels not in (1, 2) or rate == 0:
        raise WavUnsupported(f"Only 16-bit PCM WAV can be read, not format {kind} with {bits} bits.")
    return rate, channels


def decode(data: Buffer) -> tuple[WavInfo, bytes]:
    """Return the header and the samples of a whole file, whatever length the header claims."""
    info = parse_header(data)
    if info is None:
        raise WavError("The WAV file ends before its samples.")
    samples = bytes(data[info.start :][: info.length])
    frame = info.channels * SAMPLE_BYTES
    return info, samples[: len(samples) // frame * frame]


class WavStream:
    """Strips the header from a WAV that arrives in pieces; ``info`` is set once it is complete."""

    def __init__(self) -> None:
        self.info: WavInfo | None = None
        self._head = b""
        self._left: int | None = None

    def feed(self, data: Buffer) -> bytes:
        """Return the samples in ``data``; what follows the samples is dropped."""
        if self.info is None:
            self._head += bytes(data)
            self.info = parse_header(self._head)
            if self.info is None:
                return b""
            data, self._head = self._head[self.info.start :], b""
            self._left = self.info.length
        if self._left is None:
            return bytes(data)
        taken = bytes(data[: self._left])
        self._left -= len(taken)
        return taken


class StereoWav:
    """A stereo WAV made on the fly from two raw mono tracks, so a part of it can be served without making the whole.

    ``samples`` is the length per channel; a track that is missing or shorter is continued by silence, a longer one is
    cut (T9: the recording is as long as the call).
    """

    def __init__(self, path_left: str | Path, path_right: str | Path, rate: int, samples: int) -> None:
        self._paths = (Path(path_left), Path(path_right))
        self._samples = samples
        self._header = header(samples * 2 * SAMPLE_BYTES, rate, 2)

    @property
    def size(self) -> int:
        """Return the length of the file in bytes."""
        return HEADER_BYTES + self._samples * 2 * SAMPLE_BYTES

    def read(self, start_byte: int, end_byte: int) -> bytes:
        """Return bytes ``start_byte`` up to but not including ``end_byte`` of the file, cut to its size."""
        start, end = max(0, start_byte), min(end_byte, self.size)
        if start >= end:
            return b""
        head = self._header[start:end]
        first, last = max(0, start - HEADER_BYTES), max(0, end - HEADER_BYTES)
        sample, until = first // 4, -(-last // 4)
        left, right = (_track(path, sample, until) for path in self._paths)
        body = interleave(left, right)
        return head + body[first - sample * 4 : last - sample * 4]


def _track(path: Path, first: int, last: int) -> bytes:
    """Return samples ``first`` to ``last`` of a raw track, silence where it has none."""
    wanted = (last - first) * SAMPLE_BYTES
    try:
        source = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return bytes(wanted)
    try:
        found = os.pread(source, wanted, first * SAMPLE_BYTES)
    finally:
        os.close(source)
    return found + bytes(wanted - len(found))

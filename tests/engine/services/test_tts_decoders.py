"""The forms in which HTTP voices answer, cut anywhere, and what is no sound."""

import json
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from bots.engine.audio import wav
from bots.engine.frames import SpokenWord
from bots.engine.services.failures import Failure, VendorFailed
from bots.engine.services.tts_decoders import (
    DocumentDecoder,
    LineDecoder,
    PCMDecoder,
    SpeechDecoder,
    WAVDecoder,
    from_base64,
    from_hex,
)
from bots.engine.services.tts_sound import SpeechPiece

PCM = bytes(range(256)) * 4
HALF = len(PCM) // 2


def ndjson(read: Mapping[str, Any]) -> Sequence[SpeechPiece]:
    words = [SpokenWord(word["w"], word["s"], word["e"]) for word in read.get("words", ())]
    return [from_base64(read["audio"], 24000, words)]


def hexed(read: Mapping[str, Any]) -> Sequence[SpeechPiece]:
    return [from_hex(read["data"]["audio"], 32000)] if read["data"].get("status") == 1 else []


def listed(read: Mapping[str, Any]) -> Sequence[SpeechPiece]:
    return [from_base64(audio) for audio in read["audios"]]


def b64(data: bytes) -> str:
    return b64encode(data).decode()


FORMS: dict[str, tuple[Callable[[], SpeechDecoder], bytes, int]] = {
    "pcm": (lambda: PCMDecoder(24000), PCM, 24000),
    "wav": (WAVDecoder, wav.encode(PCM, 48000), 48000),
    "wav of unknown length": (WAVDecoder, wav.header(None, 48000) + PCM, 48000),
    "wav in the place of pcm": (lambda: PCMDecoder(24000), wav.encode(PCM, 16000), 16000),
    "ndjson": (
        lambda: LineDecoder(ndjson),
        b"".join(json.dumps({"audio": b64(part)}).encode() + b"\n" for part in (PCM[:HALF], PCM[HALF:])),
        24000,
    ),
    "ndjson without a last line end": (lambda: LineDecoder(ndjson), json.dumps({"audio": b64(PCM)}).encode(), 24000),
    "events with base64": (
        lambda: LineDecoder(ndjson, events=True),
        b": hello\r\nevent: audio\r\ndata: "
        + json.dumps({"audio": b64(PCM)}).encode()
        + b"\r\n\r\ndata: [DONE]\r\n\r\n",
        24000,
    ),
    "events with hex": (
        lambda: LineDecoder(hexed, events=True),
        b'data: {"data": {"audio": "' + PCM.hex().encode() + b'", "status": 1}}\n\ndata: {"data": {"status": 2}}\n\n',
        32000,
    ),
    "one document with wav inside": (
        lambda: DocumentDecoder(listed),
        json.dumps({"audios": [b64(wav.encode(PCM[:HALF], 22050)), b64(wav.encode(PCM[HALF:], 22050))]}).encode(),
        22050,
    ),
}


def decoded(decoder: SpeechDecoder, body: bytes, size: int) -> list[SpeechPiece]:
    pieces = [piece for at in range(0, len(body), size) for piece in decoder.feed(body[at : at + size])]
    return pieces + decoder.close()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("size", [1, 7, 64, 100_000])
def test_every_form_gives_its_sound_however_it_is_cut(form: str, size: int) -> None:  # SPCH-17, P13
    make, body, rate = FORMS[form]
    pieces = decoded(make(), body, size)
    assert b"".join(piece.audio for piece in pieces) == PCM
    assert {piece.sample_rate for piece in pieces} == {rate}


def test_words_come_with_their_places() -> None:  # SPCH-09
    line = {"audio": b64(PCM), "words": [{"w": "hi", "s": 0.0, "e": 0.2}]}
    (piece,) = decoded(LineDecoder(ndjson), json.dumps(line).encode(), 9)
    assert piece.words == [SpokenWord("hi", 0.0, 0.2)]


def test_a_very_short_answer_is_sound_too() -> None:
    assert decoded(PCMDecoder(8000), b"\1\0", 1) == [SpeechPiece(b"\1\0", (), 8000)]
    assert decoded(PCMDecoder(8000), b"", 1) == []


@pytest.mark.parametrize(
    ("make", "body"),
    [
        (lambda: PCMDecoder(24000), b"ID3\3mp3"),
        (lambda: PCMDecoder(24000), b"OggS...."),
        (lambda: PCMDecoder(24000), b"<!DOCTYPE html>"),
        (lambda: PCMDecoder(24000), b'{"error": 1}'),
        (lambda: PCMDecoder(24000), b"RIFFnonsense of a file"),
        (WAVDecoder, b"not a wav file at all"),
        (WAVDecoder, wav.encode(PCM, 24000, channels=2)),
        (lambda: LineDecoder(ndjson), b'{"audio": "***"}\n'),
        (lambda: LineDecoder(ndjson), b'{"other": 1}\n'),
        (lambda: LineDecoder(ndjson), b"nonsense\n"),
        (lambda: LineDecoder(ndjson), b"[1]\n"),
        (lambda: LineDecoder(ndjson), b'{"audio": "' + b"[" * 10 + b"\n"),
        (lambda: LineDecoder(hexed, events=True), b'data: {"data": {"audio": "xyz", "status": 1}}\n'),
        (lambda: DocumentDecoder(listed), b'{"audios": ["UklGRg=="]}'),
        (lambda: DocumentDecoder(listed), b""),
    ],
)
@pytest.mark.parametrize("size", [1, 100_000])
def test_what_is_no_sound_is_refused(make: Callable[[], SpeechDecoder], body: bytes, size: int) -> None:  # P6, P13
    with pytest.raises(VendorFailed) as caught:
        decoded(make(), body, size)
    assert caught.value.failure is Failure.UNREADABLE


@pytest.mark.heavy
def test_an_answer_without_an_end_is_refused() -> None:  # P8, P14
    decoder = LineDecoder(ndjson)
    with pytest.raises(VendorFailed):
        for _ in range(20):
            decoder.feed(b"x" * (1 << 20))
    document = DocumentDecoder(listed)
    with pytest.raises(VendorFailed):
        for _ in range(40):
            document.feed(b"x" * (1 << 20))

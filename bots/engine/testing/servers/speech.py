"""A fake of OpenAI's audio endpoints, as strict as the original: forms and fields are checked, faults by script."""

from __future__ import annotations

import asyncio
import email.parser
import email.policy
import math
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from bots.engine.audio import wav

from .chat import error
from .loopback import Exchange, LoopbackServer, loopback

RATE = 24_000
SECONDS_PER_CHARACTER = 0.05
MODELS = {
    "transcriptions": {"gpt-4o-transcribe", "gpt-4o-mini-transcribe", "whisper-1"},
    "speech": {"gpt-4o-mini-tts", "tts-1", "tts-1-hd"},
}
FIELDS = {"file", "model", "language", "prompt", "response_format", "temperature"}
BODY = {"model", "input", "voice", "response_format", "instructions", "speed"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechFaults:
    """How an answer fails. Seconds and bytes.

    ``first_secs``: wait before anything is sent. ``stall_after``, ``cut_after``: so many bytes of sound, then nothing
    more, or a broken connection. ``status`` other than 200 refuses. ``instead``: bytes in the place of the answer, as
    ``kind``. ``piece``: bytes in one write. ``pace``: seconds between two writes.
    """

    first_secs: float = 0.0
    stall_after: int | None = None
    cut_after: int | None = None
    status: int = 200
    instead: bytes | None = None
    kind: str = ""
    piece: int = 4801
    pace: float = 0.0


@dataclass(frozen=True, slots=True)
class Upload:
    """A transcription that was asked for: form fields, and the sound with its rate."""

    fields: dict[str, str]
    pcm: bytes
    rate: int


def tone(text: str) -> bytes:
    """Return the sound of a text, s16le at 24 kHz: 50 ms a character, its height from the text."""
    samples = np.arange(round(len(text) * SECONDS_PER_CHARACTER * RATE))
    height = 200 + sum(text.encode()) % 600
    return (np.sin(2 * math.pi * height * samples / RATE) * 8000).astype("<i2").tobytes()


class SpeechFake:
    """Answers ``texts`` to uploads, in order, the last one for ever, and tones to texts; ``problems`` keeps what broke
    a rule of the format. ``faults`` go in order too.
    """

    def __init__(
        self, texts: Sequence[str] = ("Hello.",), *, key: str = "sk-fake", faults: Sequence[SpeechFaults] = ()
    ) -> None:
        self._texts, self._faults, self.key = list(texts), list(faults), key
        self.uploads: list[Upload] = []
        self.requests: list[dict[str, Any]] = []
        self.problems: list[str] = []
        self.server: LoopbackServer | None = None

    @property
    def url(self) -> str:
        """The base address for the SDK."""
        return self.server.url if self.server is not None else ""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[SpeechFake]:
        """Serve on the loopback interface."""
        async with loopback(self.play) as self.server:
            yield self

    async def play(self, exchange: Exchange) -> None:
        """Answer one request."""
        faults = self._faults.pop(0) if self._faults else SpeechFaults()
        if exchange.headers.get("authorization") != f"Bearer {self.key}":
            await exchange.answer(401, error("Incorrect API key provided.", code="invalid_api_key"))
        elif faults.status != 200:
            await exchange.answer(faults.status, error("No."))
        elif (exchange.method, exchange.path) == ("POST", "/v1/audio/transcriptions"):
            await self._transcribe(exchange, faults)
        elif (exchange.method, exchange.path) == ("POST", "/v1/audio/speech"):
            await self._speak(exchange, faults)
        else:
            await self._refuse(exchange, f"There is nothing at {exchange.path}.")

    async def _refuse(self, exchange: Exchange, problem: str) -> None:
        self.problems.append(problem)
        await exchange.answer(400, error(problem))

    async def _transcribe(self, exchange: Exchange, faults: SpeechFaults) -> None:
        fields, file = form_of(exchange)
        problem = _problem_with_form(fields, file)
        if problem:
            await self._refuse(exchange, problem)
            return
        info, pcm = wav.decode(file)
        self.uploads.append(Upload(fields, pcm, info.rate))
        await asyncio.sleep(faults.first_secs)
        if faults.instead is not None:
            await exchange.begin(kind=faults.kind or "application/json")
            await exchange.raw(faults.instead)
            return
        text = self._texts.pop(0) if len(self._texts) > 1 else self._texts[0]
        await exchange.answer(200, {"text": text, "usage": {"type": "duration", "seconds": 1}})

    async def _speak(self, exchange: Exchange, faults: SpeechFaults) -> None:
        problem = _problem_with_body(exchange.body)
        if problem:
            await self._refuse(exchange, problem)
            return
        self.requests.append(exchange.body)
        await asyncio.sleep(faults.first_secs)
        await exchange.chunked(faults.kind or "audio/pcm")
        sound = tone(exchange.body["input"]) if faults.instead is None else faults.instead
        end = min(len(sound) if limit is None else limit for limit in (faults.stall_after, faults.cut_after))
        for start in range(0, end, faults.piece):
            await exchange.chunk(sound[start : min(end, start + faults.piece)])
            await asyncio.sleep(faults.pace)
        if faults.cut_after is not None:
            exchange.abort()
        elif faults.stall_after is not None:
            await exchange.gone()
        else:
            await exchange.chunk(b"")


def form_of(exchange: Exchange) -> tuple[dict[str, str], bytes]:
    """Return the fields of a multipart form and the bytes of its file; empty where it is none."""
    kind = exchange.headers.get("content-type", "")
    if not kind.startswith("multipart/form-data"):
        return {}, b""
    head = f"Content-Type: {kind}\r\n\r\n".encode()
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + exchange.data)
    fields: dict[str, str] = {}
    file = b""
    for part in message.iter_parts():
        name = str(part.get_param("name", header="content-disposition"))
        content = part.get_payload(decode=True)
        if isinstance(content, bytes):
            fields[name] = part.get_filename() or content.decode()
            file = content if part.get_filename() else file
    return fields, file


def _problem_with_form(fields: dict[str, str], file: bytes) -> str:
    if unknown := set(fields) - FIELDS:
        return f"Unrecognized form fields: {sorted(unknown)}."
    if fields.get("file") != "audio.wav" or fields.get("model") not in MODELS["transcriptions"]:
        return "The file or the model is wrong."
    if fields.get("response_format") != "json" or len(fields.get("language", "en")) != 2:
        return "The format or the language is wrong."
    try:
        wav.decode(file)
    except wav.WavError as broken:
        return broken.message
    return "" if 0 <= float(fields.get("temperature", "0")) <= 1 else "The temperature is wrong."


def _problem_with_body(body: Any) -> str:
    if not isinstance(body, dict) or (unknown := set(body) - BODY):
        return f"Unrecognized request arguments: {sorted(unknown) if isinstance(body, dict) else body}."
    if body.get("model") not in MODELS["speech"] or body.get("response_format") != "pcm":
        return "The model or the format is wrong."
    if not body.get("input") or len(body["input"]) > 4096 or body.get("voice") not in {"alloy", "nova", "sage"}:
        return "The input or the voice is wrong."
    if "instructions" in body and str(body["model"]).startswith("tts-1"):
        return "This model takes no instructions."
    return "" if 0.25 <= body.get("speed", 1.0) <= 4 else "The speed is wrong."

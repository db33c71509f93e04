"""A streaming recogniser's server and its codec, for coded speech: faults by script, in memory or behind a socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from bots.engine.services.failures import Failure, VendorFailed
from bots.engine.services.sockets import Endpoint, Line, Message
from bots.engine.services.stt_codec import Ended, Failed, Flushed, Heard, Ready, STTCodec, STTEvent, json_object

from .coded_speech import CodedEar, HeardWord


@dataclass(frozen=True, slots=True)
class RecogniserFaults:
    """How a connection misbehaves. ``refuse``: it is not opened. ``cut_after``: gone after so many bytes of audio.

    ``deaf``: takes all and says nothing. ``twice``: every answer comes twice. ``garbage``: so many unreadable messages
    come first. ``delay``: seconds until an answer. ``stop_answering``: answers no ``finalize``.
    """

    refuse: Failure | None = None
    cut_after: int | None = None
    deaf: bool = False
    twice: bool = False
    garbage: int = 0
    delay: float = 0.0
    stop_answering: bool = False


@dataclass(slots=True)
class RecogniserSession:
    """The server's side of one connection: audio in, messages out; strict about order and form."""

    per_final: int = 3
    timed: bool = True
    numbered: bool = True
    rate: int = 16000
    words: list[HeardWord] = field(default_factory=list)
    opened: bool = False
    over: bool = False
    finals: int = 0
    ear: CodedEar = field(default_factory=CodedEar)

    def take(self, message: Message) -> list[dict[str, Any]]:
        """Return the answers to a message; what a strict server does not know is an error."""
        if isinstance(message, str):
            return self._command(json_object(message))
        if not self.opened or self.over or len(message) % 2:
            return [{"type": "error", "code": 400}]
        answers = []
        for heard in self.ear.hear(message):
            self.words.append(heard)
            answers.append(self._text("final" if len(self.words) == self.per_final else "partial"))
        return answers

    def _command(self, command: dict[str, Any]) -> list[dict[str, Any]]:
        match command:
            case {"type": "start", "rate": int(rate)} if not self.opened:
                self.opened, self.ear = True, CodedEar(rate)
                return [{"type": "ready"}]
            case {"type": "finalize"} if self.opened:
                self.words += self.ear.flush()
                return [*([self._text("final")] if self.words else []), {"type": "flushed"}]
            case {"type": "keepalive"} if self.opened:
                return []
            case {"type": "end"} if self.opened:
                self.over = True
                return [{"type": "bye"}]
        return [{"type": "error", "code": 400}]

    def _text(self, kind: str) -> dict[str, Any]:
        answer: dict[str, Any] = {"type": kind, "text": " ".join(heard.text for heard in self.words)}
        if self.timed:
            answer |= {"start": self.words[0].start, "end": self.words[-1].end}
        if self.numbered:
            answer["id"] = str(self.finals)
        if kind == "final":
            self.finals += 1
            self.words = []
        return answer


class CodedCodec(STTCodec):
    """Translation for the server of this module."""

    waits_for_ready = True
    keepalive_secs = 5.0

    def __init__(self, rate: int, url: str = "memory:", key: str = "") -> None:
        self._rate, self._url, self._key = rate, url, key

    def url_and_headers(self) -> Endpoint:
        return Endpoint(self._url, {"Authorization": f"Token {self._key}"})

    def on_open(self) -> Sequence[Message]:
        return [json.dumps({"type": "start", "rate": self._rate})]

    def decode(self, message: Message) -> Sequence[STTEvent]:
        read = json_object(message)
        match read["type"]:
            case "ready":
                return [Ready()]
            case "flushed":
                return [Flushed()]
            case "bye":
                return [Ended()]
            case "error":
                return [Failed(Failure.REFUSED if read["code"] == 400 else Failure.BUSY)]
        return [Heard(read["text"], read["type"] == "final", read.get("id"), read.get("start"), read.get("end"))]

    def finalize(self) -> Sequence[Message]:
        return ['{"type": "finalize"}']

    def keepalive(self) -> Sequence[Message]:
        return ['{"type": "keepalive"}']

    def end(self) -> Sequence[Message]:
        return ['{"type": "end"}']


class MemoryLine:
    """A connection without a socket."""

    def __init__(self, session: RecogniserSession, faults: RecogniserFaults) -> None:
        self.session, self._faults = session, faults
        self._answers: asyncio.Queue[Message | None] = asyncio.Queue()
        self._audio = 0
        self._gone = False
        self.sent: list[str] = []
        for _ in range(faults.garbage):
            self._answers.put_nowait("{nonsense")

    async def send(self, message: Message) -> None:
        """Take a message; a line that is gone raises."""
        if self._gone:
            raise VendorFailed(Failure.LOST)
        if isinstance(message, str):
            self.sent.append(json_object(message)["type"])
        else:
            self._audio += len(message)
            if self._faults.cut_after is not None and self._audio >= self._faults.cut_after:
                self._gone = True
                self._answers.put_nowait(None)
                return
        for answer in self.session.take(message):
            if not self._withheld(answer):
                for _ in range(1 + self._faults.twice):
                    self._answers.put_nowait(json.dumps(answer))

    def _withheld(self, answer: dict[str, Any]) -> bool:
        ends = answer["type"] == "flushed" or (answer["type"] == "final" and "finalize" in self.sent)
        return (self._faults.deaf and answer["type"] != "ready") or (self._faults.stop_answering and ends)

    async def receive(self) -> Message:
        """Return the next answer."""
        answer = None if self._gone and self._answers.empty() else await self._answers.get()
        if answer is None:
            raise VendorFailed(Failure.LOST)
        if self._faults.delay:
            await asyncio.sleep(self._faults.delay)
        return answer

    async def close(self) -> None:
        """Be gone."""
        self._gone = True


class MemoryRecogniser:
    """Opens one line after the other; ``faults`` gives the faults of the n-th connection, from 0."""

    def __init__(
        self,
        faults: Callable[[int], RecogniserFaults] = lambda number: RecogniserFaults(),
        session: Callable[[], RecogniserSession] = RecogniserSession,
    ) -> None:
        self._faults, self._session = faults, session
        self.lines: list[MemoryLine] = []
        self.attempts: list[Endpoint] = []

    async def connect(self, endpoint: Endpoint) -> Line:
        """Open a line, or fail as told."""
        self.attempts.append(endpoint)
        faults = self._faults(len(self.attempts) - 1)
        if faults.refuse is not None:
            raise VendorFailed(faults.refuse)
        line = MemoryLine(self._session(), faults)
        self.lines.append(line)
        return line

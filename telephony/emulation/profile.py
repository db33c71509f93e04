"""What differs between emulated carriers: webhooks, signatures, documents, messages of the stream."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import urlencode

from bots.engine.audio import g711

from .documents import Verb, read_xml

FORM = "application/x-www-form-urlencoded"


@dataclass(slots=True)
class LineFacts:
    """A call as the carrier knows it."""

    call_id: str
    from_number: str
    to_number: str
    account_id: str
    secret: str = field(repr=False)
    hook_key: str = field(default="", repr=False)
    outbound: bool = False
    stream_id: str = ""
    answered_by: str = ""
    sequence: int = 0
    chunk: int = 0

    @property
    def number(self) -> str:
        """The number of a message of the stream; each asks for the next."""
        self.sequence += 1
        return str(self.sequence)


@dataclass(frozen=True, slots=True)
class Webhook:
    """A request to the server."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


class Profile(ABC):
    """One carrier; messages are JSON texts. Statuses are Twilio's words, which each carrier says in its own."""

    name: ClassVar[str]
    chunk_ms: ClassVar[int] = 20
    tells: ClassVar[frozenset[str]] = frozenset({"initiated", "ringing", "in-progress"})
    """Of which states, beside the last one, the carrier tells when a call is placed."""

    def webhook(self, line: LineFacts, url: str, form: dict[str, str]) -> Webhook:
        """Return a signed request."""
        body = urlencode(form).encode()
        return Webhook("POST", url, {"Content-Type": FORM, **self.signature(line, url, form, body)}, body)

    def signature(self, line: LineFacts, url: str, form: dict[str, str], body: bytes) -> dict[str, str]:
        """Return the headers that prove who sends."""
        return {}

    @abstractmethod
    def voice_form(self, line: LineFacts) -> dict[str, str]:
        """Return the fields of the first question about a call."""

    @abstractmethod
    def status_form(self, line: LineFacts, status: str, sequence: int, duration: int) -> dict[str, str]:
        """Return the fields of a status callback."""

    def machine_form(self, line: LineFacts) -> dict[str, str]:
        """Return the fields with which a late detection of a machine is told; none: the carrier detects none."""
        return {}

    def dialled_form(self, status: str, call_id: str, seconds: int) -> dict[str, str]:
        """Return the fields that a question after a dialled call has more; ``status`` ``declined``: no key came."""
        return {}

    def read_document(self, body: str) -> list[Verb]:
        """Read what the server answers."""
        return read_xml(body)

    def hello(self, line: LineFacts) -> dict[str, Any] | None:
        """Return the first message of a socket."""
        return {"event": "connected", "protocol": "Call", "version": "1.0.0"}

    @abstractmethod
    def start(self, line: LineFacts, custom: Mapping[str, str]) -> dict[str, Any]:
        """Return the message that begins a stream."""

    @abstractmethod
    def media(self, line: LineFacts, payload: str, at_ms: int) -> dict[str, Any]:
        """Return the message for the caller's sound."""

    @abstractmethod
    def key(self, line: LineFacts, digit: str) -> dict[str, Any]:
        """Return the message for a key."""

    @abstractmethod
    def mark(self, line: LineFacts, name: str) -> dict[str, Any]:
        """Return the message for a mark that was reached."""

    @abstractmethod
    def stop(self, line: LineFacts) -> dict[str, Any] | None:
        """Return the last message."""

    def encode(self, pcm: bytes) -> str:
        """Return sound as the stream carries it."""
        return base64.b64encode(g711.ulaw_encode(pcm)).decode()

    def decode(self, payload: str) -> bytes:
        """Return s16le at 8 kHz."""
        return g711.ulaw_decode(base64.b64decode(payload, validate=True))

    def read(self, text: str) -> tuple[str, Any]:
        """Return what the server says: ``("media", pcm)``, ``("mark", name)``, ``("clear", None)``, ``("", None)``."""
        message = json.loads(text)
        event = message.get("event")
        if event == "media":
            return "media", self.decode(message["media"]["payload"])
        if event == "mark":
            return "mark", message["mark"]["name"]
        return ("clear", None) if event == "clear" else ("", None)


def hmac_of(secret: str, text: str, digest: str) -> str:
    """Return a keyed digest in base64."""
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), getattr(hashlib, digest)).digest()).decode()

"""A carrier's interface as a script: what is asked is written down, what is answered stands in a table."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bots.engine.tools.egress.client import EgressRequest, EgressResponse
from telephony.carriers.base import AccountAccess

from .requests import CANARY

Answer = tuple[int, Any] | Exception


@dataclass
class Asked:
    """One request: fields of a form are lists, those of JSON what they are."""

    method: str
    host: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    fields: dict[str, Any]


@dataclass
class Network:
    """Answers by ``METHOD path``; a list is used up in order, then its last one stays."""

    answers: dict[str, Answer | list[Answer]]
    asked: list[Asked] = field(default_factory=list)
    closed: bool = False

    async def send(self, request: EgressRequest) -> EgressResponse:
        parts = urlsplit(request.url)
        kind = request.headers.get("Content-Type", "")
        content = (request.content or b"").decode()
        fields = json.loads(content) if kind == "application/json" else parse_qs(content, keep_blank_values=True)
        self.asked.append(
            Asked(request.method, parts.netloc, parts.path, parse_qs(parts.query), dict(request.headers), fields)
        )
        found = self.answers[f"{request.method} {parts.path}"]
        if isinstance(found, list):
            found = found.pop(0) if len(found) > 1 else found[0]
        if isinstance(found, Exception):
            raise found
        status, body = found
        return EgressResponse(status, {}, body if isinstance(body, bytes) else json.dumps(body).encode())

    async def aclose(self) -> None:
        self.closed = True

    def last(self) -> Asked:
        return self.asked[-1]


def account(**secrets: str) -> AccountAccess:
    known = {"auth_token": CANARY, "api_key": CANARY, "api_token": CANARY, **secrets}
    return AccountAccess("main", "AC1", known, hook_key=CANARY)

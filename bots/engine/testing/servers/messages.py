"""A fake of Anthropic's messages, as strict as the real one (services 1.2)."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from .faults import Faults, refuse, stream_events
from .loopback import Exchange, LoopbackServer, loopback
from .messages_rules import problem_with
from .reply import Answers, ModelReply, Script

_VERSION = re.compile(r"20\d\d-[01]\d-[0-3]\d")


def error(kind: str, message: str = "no") -> dict[str, Any]:
    """Return an error as Anthropic sends it."""
    return {"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_1"}


class MessagesFake:
    """Answers ``answers`` with ``faults``; ``problems`` lists every request that broke a rule of the format."""

    def __init__(self, answers: Answers, *, key: str = "sk-ant-fake", faults: Faults | Sequence[Faults] = ()) -> None:
        self._script, self.key = Script(answers), key
        self._faults = [faults] if isinstance(faults, Faults) else list(faults)
        self.requests: list[dict[str, Any]] = []
        self.problems: list[str] = []
        self.server: LoopbackServer | None = None

    @property
    def url(self) -> str:
        """The base address for the SDK."""
        return self.server.url if self.server is not None else ""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[MessagesFake]:
        """Serve on the loopback interface."""
        async with loopback(self.play, path="") as self.server:
            yield self

    async def play(self, exchange: Exchange) -> None:
        """Answer one request."""
        faults = self._faults.pop(0) if len(self._faults) > 1 else (self._faults or [Faults()])[0]
        self.requests.append(exchange.body)
        if not self._knows(exchange.headers):
            await exchange.answer(401, error("authentication_error", "invalid x-api-key"))
            return
        if await refuse(exchange, faults):
            return
        problem = problem_with(exchange.body)
        if exchange.path != "/v1/messages" or exchange.method != "POST":
            problem = f"There is nothing at {exchange.path}."
        if not _VERSION.fullmatch(exchange.headers.get("anthropic-version", "")):
            problem = "anthropic-version: header is required"
        if problem:
            self.problems.append(problem)
            await exchange.answer(400, error("invalid_request_error", problem))
            return
        reply = self._script.reply(exchange.body)
        if exchange.body.get("stream"):
            await stream_events(exchange, [encoded(event) for event in events_of(reply)], faults)
        else:
            content = [{"type": "text", "text": reply.text}] if reply.text else []
            message = {**_message(reply), "content": content, "stop_reason": reply.finish or "end_turn"}
            await exchange.answer(200, message)

    def _knows(self, headers: dict[str, str]) -> bool:
        """Whether the key came, once: in Anthropic's own header, or as a bearer token, as newer SDKs send it."""
        sent = (headers.get("x-api-key"), headers.get("authorization"))
        return sent in ((self.key, None), (None, f"Bearer {self.key}"))


def encoded(event: dict[str, Any]) -> bytes:
    """Return one event as it is sent."""
    return f"event: {event['type']}\ndata: {json.dumps(event, ensure_ascii=False)}\n\n".encode()


def _message(reply: ModelReply) -> dict[str, Any]:
    return {
        "id": "msg_1", "type": "message", "role": "assistant", "model": reply.model, "content": [],
        "stop_reason": None, "stop_sequence": None,
        "usage": {"input_tokens": reply.prompt_tokens, "output_tokens": 1,
                  "cache_read_input_tokens": reply.cached_tokens, "cache_creation_input_tokens": 0},
    }  # fmt: skip


def events_of(reply: ModelReply) -> Iterator[dict[str, Any]]:
    """Yield a reply as the documented events, in the documented order."""
    yield {"type": "message_start", "message": _message(reply)}
    yield {"type": "ping"}
    index = 0

    def block(start: dict[str, Any], deltas: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        nonlocal index
        yield {"type": "content_block_start", "index": index, "content_block": start}
        for delta in deltas:
            yield {"type": "content_block_delta", "index": index, "delta": delta}
        yield {"type": "content_block_stop", "index": index}
        index += 1

    if reply.thinking:
        thoughts = [{"type": "thinking_delta", "thinking": word} for word in reply.thinking.split()]
        signed = [*thoughts, {"type": "signature_delta", "signature": "c2lnbmVk"}]
        yield from block({"type": "thinking", "thinking": "", "signature": ""}, signed)
    if reply.words:
        texts = [{"type": "text_delta", "text": word} for word in reply.words]
        yield from block({"type": "text", "text": ""}, texts)
    for call in reply.calls:
        half = len(call.json) // 2
        parts = [
            {"type": "input_json_delta", "partial_json": part} for part in ("", call.json[:half], call.json[half:])
        ]
        yield from block({"type": "tool_use", "id": call.id, "name": call.name, "input": {}}, parts)
    reason = reply.finish or ("tool_use" if reply.calls else "end_turn")
    used = {"output_tokens": len(reply.words) + len(reply.calls)}
    yield {"type": "message_delta", "delta": {"stop_reason": reason, "stop_sequence": None}, "usage": used}
    yield {"type": "message_stop"}

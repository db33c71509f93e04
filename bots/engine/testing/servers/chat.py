"""A fake of every server of chat completions, as strict as the strictest (services 1.1, 13.2)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from bots.engine.providers.openai.preset import OPENAI, ChatPreset

from .chat_rules import problem_with
from .faults import Faults, refuse, stream_events
from .loopback import Exchange, LoopbackServer, loopback
from .reply import Answers, ModelReply, Script

PARTS = 2
"""Fragments into which the arguments of a call are cut."""


def error(message: str, kind: str = "invalid_request_error", code: str | None = None) -> dict[str, Any]:
    """Return an error as these servers send it."""
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


class ChatFake:
    """Answers ``answers`` with ``faults``; ``problems`` lists every request that broke a rule of the format.

    ``preset`` says whose habits it has: form of the key, settings taken, counting of tokens, fragments without index.
    """

    def __init__(
        self,
        answers: Answers,
        *,
        preset: ChatPreset = OPENAI,
        key: str = "sk-fake",
        faults: Faults | Sequence[Faults] = (),
        extra_fields: Sequence[str] = (),
    ) -> None:
        self._script, self.preset, self.key = Script(answers), preset, key
        self._faults = [faults] if isinstance(faults, Faults) else list(faults)
        self._extra = frozenset(extra_fields)
        self.requests: list[dict[str, Any]] = []
        self.problems: list[str] = []
        self.server: LoopbackServer | None = None

    @property
    def url(self) -> str:
        """The base address for the SDK."""
        return self.server.url if self.server is not None else ""

    @asynccontextmanager
    async def running(self, path: str = "/v1") -> AsyncIterator[ChatFake]:
        """Serve on the loopback interface."""
        async with loopback(self.play, path=path) as self.server:
            yield self

    async def play(self, exchange: Exchange) -> None:
        """Answer one request."""
        faults = self._faults.pop(0) if len(self._faults) > 1 else (self._faults or [Faults()])[0]
        self.requests.append(exchange.body)
        if not self._knows(exchange.headers):
            await exchange.answer(401, error("Incorrect API key provided.", code="invalid_api_key"))
            return
        if await refuse(exchange, faults):
            return
        problem = problem_with(exchange.body, self.preset, self._extra)
        if not exchange.path.split("?")[0].endswith("/chat/completions") or exchange.method != "POST":
            problem = f"There is nothing at {exchange.path}."
        if problem:
            self.problems.append(problem)
            await exchange.answer(400, error(problem))
            return
        reply = self._script.reply(exchange.body)
        if exchange.body.get("stream"):
            asked = (exchange.body.get("stream_options") or {}).get("include_usage") or not self.preset.stream_usage
            chunks = [*chunks_of(reply, self.preset, usage=bool(asked)), b"[DONE]"]
            await stream_events(exchange, [b"data: " + chunk + b"\n\n" for chunk in chunks], faults)
        else:
            await exchange.answer(200, _whole(reply))

    def _knows(self, headers: dict[str, str]) -> bool:
        if self.preset.auth == "none":
            return True
        if self.preset.auth == "api-key":
            return headers.get("api-key") == self.key and "authorization" not in headers
        return headers.get("authorization") == f"Bearer {self.key}"


def _whole(reply: ModelReply) -> dict[str, Any]:
    message = {"role": "assistant", "content": reply.text or None}
    return {
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": reply.model,
        "choices": [{"index": 0, "message": message, "finish_reason": reply.finish or "stop"}],
        "usage": _usage(reply, len(reply.words)),
    }  # fmt: skip


def _usage(reply: ModelReply, completion: int) -> dict[str, Any]:
    return {
        "prompt_tokens": reply.prompt_tokens,
        "completion_tokens": completion,
        "total_tokens": reply.prompt_tokens + completion,
        "prompt_tokens_details": {"cached_tokens": reply.cached_tokens},
        "completion_tokens_details": {"reasoning_tokens": len(reply.thinking.split())},
    }


def chunks_of(reply: ModelReply, preset: ChatPreset = OPENAI, *, usage: bool = True) -> Iterator[bytes]:
    """Yield a reply as JSON chunks, counted as the preset's vendor counts."""
    done = 0

    def chunk(delta: dict[str, Any], finish: str | None = None) -> bytes:
        body: dict[str, Any] = {
            "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": reply.model,
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
        }  # fmt: skip
        if preset.usage_mode == "cumulative":
            body["usage"] = _usage(reply, done)
        elif preset.usage_mode == "incremental":
            # The prompt is counted in the first chunk only, the answer grows.
            body["usage"] = {"prompt_tokens": reply.prompt_tokens if not done else 0, "completion_tokens": done}
        return json.dumps(body, ensure_ascii=False).encode()

    yield chunk({"role": "assistant", "content": ""})
    for thought in reply.thinking.split():
        yield chunk({"reasoning_content": thought})
    for done, word in enumerate(reply.words, 1):  # noqa: B007 (counted in the chunk)
        yield chunk({"content": word})
    if reply.refusal:
        yield chunk({"refusal": reply.refusal})
    for number, call in enumerate(reply.calls):
        index = {} if preset.index_missing else {"index": number}
        yield chunk({"tool_calls": [{**index, "id": call.id, "type": "function",
                                     "function": {"name": call.name, "arguments": ""}}]})  # fmt: skip
        size = -(-len(call.json) // PARTS) or 1
        for start in range(0, len(call.json), size):
            yield chunk({"tool_calls": [{**index, "function": {"arguments": call.json[start : start + size]}}]})
    yield chunk({}, reply.finish or ("tool_calls" if reply.calls else "stop"))
    if usage and preset.usage_mode == "final":
        last = {
            "id": "chatcmpl-1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": reply.model,
            "choices": [],
        }
        yield json.dumps({**last, "usage": _usage(reply, done)}).encode()

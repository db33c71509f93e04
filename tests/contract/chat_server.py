"""A chat completion server on the loopback interface: answers as told, and notes what it was asked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 429: "Too Many Requests", 500: "Internal Server Error"}


def chunk(content: str | None = None, calls: list[dict[str, Any]] | None = None, **more: Any) -> dict[str, Any]:
    """One streamed chunk of the wire format."""
    delta: dict[str, Any] = {}
    if content is not None:
        delta["content"] = content
    if calls is not None:
        delta["tool_calls"] = calls
    finish = more.pop("finish", None)
    choices = [] if "usage" in more else [{"index": 0, "delta": delta, "finish_reason": finish}]
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "served", "choices": choices, **more}


USAGE = chunk(usage={"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10})


class ChatServer:
    """Serves ``chunks`` (or ``status``) to every request, ``pause`` seconds between two."""

    def __init__(self) -> None:
        self.chunks: list[dict[str, Any]] = []
        self.status = 200
        self.pause = 0.0
        self.silent = False
        self.requests: list[dict[str, Any]] = []
        self.open = 0
        self.url = ""

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
            self.requests.append(json.loads(await reader.readexactly(length)))
            if self.silent:
                await reader.read()
                return
            kind = "text/event-stream" if self.status == 200 else "application/json"
            writer.write(f"HTTP/1.1 {self.status} {REASONS[self.status]}\r\ncontent-type: {kind}\r\n".encode())
            writer.write(b"connection: close\r\n\r\n")
            if self.status != 200:
                writer.write(b'{"error": {"message": "secret prompt text"}}')
            else:
                await self._stream(writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client is gone, as it may be
        finally:
            self.open -= 1
            writer.close()

    async def _stream(self, writer: asyncio.StreamWriter) -> None:
        for part in self.chunks:
            writer.write(b"data: " + json.dumps(part).encode() + b"\n\n")
            await writer.drain()
            await asyncio.sleep(self.pause)
        writer.write(b"data: [DONE]\n\n")


@asynccontextmanager
async def chat_server() -> AsyncIterator[ChatServer]:
    """A server that runs, its address in ``url``."""
    chat = ChatServer()
    server = await asyncio.start_server(chat._serve, "127.0.0.1", 0)
    chat.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield chat
    finally:
        server.close()
        await server.wait_closed()

"""A chat completions server on this machine that answers as a test says, byte for byte."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

Play = Callable[["Exchange"], Awaitable[None]]


@dataclass(slots=True)
class Exchange:
    """One request and the way to answer it."""

    headers: dict[str, str]
    body: dict[str, Any]
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def raw(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def begin(self, status: str = "200 OK", kind: str = "text/event-stream") -> None:
        await self.raw(f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nConnection: close\r\n\r\n".encode())

    async def refuse(self, status: str, message: str = "no") -> None:
        await self.begin(status, "application/json")
        await self.raw(json.dumps({"error": {"message": message, "type": "refused", "code": None}}).encode())

    async def events(self, *chunks: Any, done: bool = True) -> None:
        """Send server-sent events and, unless told otherwise, the end of the stream."""
        for chunk in chunks:
            await self.raw(f"data: {json.dumps(chunk)}\n\n".encode())
        if done:
            await self.raw(b"data: [DONE]\n\n")

    async def gone(self) -> None:
        """Wait until the client has closed its side."""
        while await self.reader.read(1024):
            pass


def delta(text: str | None = None, finish: str | None = None, **more: Any) -> dict[str, Any]:
    """One chunk of a stream."""
    said = more if text is None else {"content": text, **more}
    return {
        "id": "c", "object": "chat.completion.chunk", "created": 1, "model": "tiny-1",
        "choices": [{"index": 0, "delta": said, "finish_reason": finish}],
    }  # fmt: skip


def asked(index: int | None, call_id: str | None = None, name: str | None = None, arguments: str | None = None) -> Any:
    """One fragment of a tool call."""
    function = {key: value for key, value in (("name", name), ("arguments", arguments)) if value is not None}
    return {"index": index, "id": call_id, "type": "function", "function": function}


@dataclass(slots=True)
class ChatServer:
    """``play`` answers each request; ``exchanges`` keeps them."""

    play: Play
    url: str = ""
    exchanges: list[Exchange] = field(default_factory=list)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {
                name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)
            }
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            exchange = Exchange(headers, json.loads(body or b"{}"), reader, writer)
            self.exchanges.append(exchange)
            await self.play(exchange)
        except ConnectionError:
            return
        finally:
            writer.close()


@asynccontextmanager
async def chat_server(play: Play) -> AsyncIterator[ChatServer]:
    """Serve on a free port of the loopback."""
    made = ChatServer(play)
    serving: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        serving.add(task)
        try:
            await made._serve(reader, writer)
        finally:
            serving.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield made
    finally:
        server.close()
        for task in list(serving):
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)
        await server.wait_closed()

"""A small HTTP server on the loopback interface whose answers are written byte for byte."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

Play = Callable[["Exchange"], Awaitable[None]]

REASONS = {
    200: "OK", 400: "Bad Request", 401: "Unauthorized", 402: "Payment Required", 403: "Forbidden", 404: "Not Found",
    413: "Too Large", 422: "Unprocessable", 429: "Too Many Requests", 500: "Internal Server Error",
    502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout", 529: "Overloaded",
}  # fmt: skip


@dataclass(slots=True)
class Exchange:
    """One request and the way to answer it; ``body`` is the JSON of the request, ``data`` its bytes."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any
    data: bytes
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def raw(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.writer.write(data)
        await self.writer.drain()

    async def begin(
        self, status: str = "200 OK", kind: str = "text/event-stream", headers: Mapping[str, str] | None = None
    ) -> None:
        """Send the head of an answer that ends with the connection."""
        more = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
        await self.raw(f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n{more}Connection: close\r\n\r\n".encode())

    async def chunked(self, kind: str = "text/event-stream") -> None:
        """Send the head of an answer whose end is marked, so that a connection that breaks before it is noticed."""
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\n"
        await self.raw(f"{head}Connection: close\r\n\r\n".encode())

    async def chunk(self, data: bytes) -> None:
        """Send one chunk; an empty one is the end."""
        await self.raw(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    async def answer(self, status: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
        """Answer with JSON."""
        await self.begin(f"{status} {REASONS.get(status, 'Other')}", "application/json", headers)
        await self.raw(json.dumps(body).encode())

    async def refuse(self, status: str, message: str = "no") -> None:
        """Answer with an error in OpenAI's form."""
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

    def abort(self) -> None:
        """Break the connection off."""
        self.writer.transport.abort()


@dataclass(slots=True)
class LoopbackServer:
    """``play`` answers each request; ``exchanges`` keeps them. ``open`` counts connections."""

    play: Play
    url: str = ""
    exchanges: list[Exchange] = field(default_factory=list)
    open: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection's one request."""
        self.open += 1
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            method, path, _ = head[0].split(" ", 2)
            headers = {
                name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)
            }
            data = await reader.readexactly(int(headers.get("content-length", "0")))
            as_json = "json" in headers.get("content-type", "json")
            body = json.loads(data or b"{}") if as_json else None
            exchange = Exchange(method, path, headers, body, data, reader, writer)
            self.exchanges.append(exchange)
            await self.play(exchange)
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            self.open -= 1
            writer.close()


@asynccontextmanager
async def loopback(
    play: Play, *, path: str = "/v1", tls: ssl.SSLContext | None = None
) -> AsyncIterator[LoopbackServer]:
    """Serve on a free port of the loopback interface; ``path`` is the end of the server's address."""
    made = LoopbackServer(play)
    serving: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            serving.add(task)
        try:
            await made.serve(reader, writer)
        finally:
            if task is not None:
                serving.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    scheme = "https" if tls is not None else "http"
    made.url = f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}{path}"
    try:
        yield made
    finally:
        server.close()
        for task in list(serving):
            task.cancel()
        await asyncio.gather(*serving, return_exceptions=True)
        await server.wait_closed()

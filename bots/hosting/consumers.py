"""The call's WebSocket as an ASGI application: media goes straight to the line (DESIGN section 6).

Channels routes here but does not dispatch: its way to a handler leads past the database thread before every message.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

from django.db import Error as DatabaseFailure

from bots.actions.errors import ActionError
from bots.engine.transports.websocket.line import WebSocketLine

from .origins import is_allowed_origin
from .socket_send import Send, send_close, send_message
from .switchboard import switchboard

log = logging.getLogger(__name__)

Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]

REFUSED = {"token.invalid": 4401, "bot.unknown": 4404, "call.gone": 4410, "server.draining": 4503}
FORBIDDEN, UNAVAILABLE = 4403, 4503
NORMAL, OWN = 1000, 4000
"""The server's socket library sends 1000 and applications' codes: 1008 becomes 4008, 1013 becomes 4013."""

MAX_REASON = 120


async def call_socket(scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
    """Serve one socket of one caller; the token in the query string opens it, once."""
    socket = CallSocket(scope, send)
    try:
        while (message := await receive())["type"] != "websocket.disconnect":
            if message["type"] == "websocket.receive":
                await socket.feed(message)
            elif message["type"] == "websocket.connect":
                await socket.connect()
    finally:
        await socket.leave()


class CallSocket:
    """One socket: refused with a close code that says why, or a line of its call."""

    def __init__(self, scope: Mapping[str, Any], send: Send) -> None:
        self._scope, self._send = scope, send
        self._line: WebSocketLine | None = None
        self._writer: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        """Open the call if origin and token are good."""
        await self._send({"type": "websocket.accept"})
        if not self._origin_is_allowed():
            await self._close(FORBIDDEN, "origin.forbidden")
            return
        token = parse_qs(self._scope.get("query_string", b"").decode("latin-1")).get("token", [""])[-1]
        try:
            host = await switchboard().open(self._scope["url_route"]["kwargs"]["slug"], token)
        except ActionError as error:
            await self._close(
                REFUSED.get(error.code, UNAVAILABLE if error.http_status >= 500 else FORBIDDEN), error.code
            )
            return
        except DatabaseFailure:
            log.exception("a call cannot be opened without the database")
            await self._close(UNAVAILABLE, "server.database")
            return
        self._line = WebSocketLine(host.transport, self._write, self._close)
        self._writer = asyncio.get_running_loop().create_task(self._line.run(), name="websocket writer")
        await host.transport.attach(self._line)

    async def feed(self, message: Message) -> None:
        """Hand what the client sent to the line."""
        if self._line is not None:
            data = message.get("bytes")
            await self._line.feed(data if data is not None else message.get("text") or "")

    async def leave(self) -> None:
        """Tell the line that the socket is gone; the call waits for its return."""
        if self._writer is not None:
            self._writer.cancel()
        if self._line is not None:
            await self._line.gone()

    def _origin_is_allowed(self) -> bool:
        headers = dict(self._scope.get("headers", ()))
        origin = headers.get(b"origin", b"").decode("latin-1")
        return not origin or is_allowed_origin(origin, headers.get(b"host", b"").decode("latin-1"))

    async def _write(self, data: bytes) -> None:
        await send_message(self._send, {"type": "websocket.send", "bytes": data})

    async def _close(self, code: int, reason: str) -> None:
        sendable = code if code == NORMAL or code >= OWN else OWN + code % 1000
        await send_close(self._send, sendable, reason[:MAX_REASON])

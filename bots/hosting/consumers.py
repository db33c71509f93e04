"""The call's WebSocket: media goes straight to the line, past Channels' dispatch (DESIGN section 6)."""

from __future__ import annotations

import asyncio
import logging
from typing import Any
from urllib.parse import parse_qs

from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer

from bots.actions.errors import ActionError
from bots.engine.transports.websocket.line import WebSocketLine

from .host import CallHost
from .origins import is_allowed_origin
from .switchboard import switchboard

log = logging.getLogger(__name__)

REFUSED = {"token.invalid": 4401, "bot.unknown": 4404, "call.gone": 4410, "server.draining": 4503}
FORBIDDEN = 4403


class CallSocket(AsyncWebsocketConsumer):
    """One socket of one caller; the token in the query string opens it, once."""

    line: WebSocketLine | None = None
    host: CallHost | None = None
    writer: asyncio.Task[None] | None = None

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Hand media to the line at once; everything else takes Channels' way."""
        if message["type"] == "websocket.receive":
            if self.line is not None:
                data = message.get("bytes")
                await self.line.feed(data if data is not None else message.get("text") or "")
            return
        await super().dispatch(message)

    async def connect(self) -> None:
        """Open the call if origin and token are good; otherwise close with a code that says why."""
        if not self._origin_is_allowed():
            await self._refuse(FORBIDDEN, "origin.forbidden")
            return
        token = parse_qs(self.scope.get("query_string", b"").decode("latin-1")).get("token", [""])[-1]
        try:
            self.host = await switchboard().open(self.scope["url_route"]["kwargs"]["slug"], token)
        except ActionError as error:
            await self._refuse(REFUSED.get(error.code, FORBIDDEN), error.code)
            return
        await self.accept()
        transport = self.host.transport
        self.line = WebSocketLine(transport, self._write, self._close)
        self.writer = asyncio.get_running_loop().create_task(self.line.run(), name="websocket writer")
        await transport.attach(self.line)

    async def disconnect(self, code: int) -> None:
        """Tell the line that the socket is gone; the call waits for its return."""
        if self.writer is not None:
            self.writer.cancel()
        if self.line is not None:
            await self.line.gone()
        raise StopConsumer

    def _origin_is_allowed(self) -> bool:
        headers = dict(self.scope.get("headers", ()))
        origin = headers.get(b"origin", b"").decode("latin-1")
        return not origin or is_allowed_origin(origin, headers.get(b"host", b"").decode("latin-1"))

    async def _refuse(self, code: int, reason: str) -> None:
        await self.accept()
        await self.close(code=code, reason=reason)

    async def _write(self, data: bytes) -> None:
        await self.send(bytes_data=data)

    async def _close(self, code: int, reason: str) -> None:
        await self.close(code=code, reason=reason[:120])

"""A carrier's media stream as a plain ASGI application: refused before it is accepted, or the line of its call (T7).

Media goes straight to the line (DESIGN section 6, ADR 0011).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from django.db import Error as DatabaseFailure

from bots.actions.errors import ActionError
from bots.engine.transports.carrier import CarrierLine
from bots.engine.transports.media_stream import MediaStreamSerializer, StreamStarted
from bots.hosting.database import in_database
from bots.hosting.switchboard import draining, switchboard
from bots.models import UnreadableCredential
from telephony.actions.stream_tokens import open_stream
from telephony.carriers import carrier_named
from telephony.hosting.lines import StreamFacts, facts_of, note_stream, telephone_for

log = logging.getLogger(__name__)

Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

START_WITHIN_S = 5.0
EARLY_MESSAGES = 20
NORMAL, POLICY, TOO_LARGE, TROUBLE, OWN = 1000, 4008, 4009, 4011, 4000
MAX_MESSAGE = 1 << 20


async def media_stream(scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
    """Serve one stream of one call."""
    socket = MediaSocket(scope, send)
    try:
        while (message := await receive())["type"] != "websocket.disconnect":
            if message["type"] == "websocket.receive":
                await socket.feed(message)
            elif message["type"] == "websocket.connect" and not await socket.connect():
                return
    finally:
        await socket.leave()


class MediaSocket:
    """One socket: waits for the stream's start, makes sure that it is of the call that the token is for, then plays."""

    def __init__(self, scope: Mapping[str, Any], send: Send) -> None:
        self._scope, self._send = scope, send
        self._facts: StreamFacts | None = None
        self._serializer: MediaStreamSerializer | None = None
        self._line: CarrierLine | None = None
        self._writer: asyncio.Task[None] | None = None
        self._late: asyncio.TimerHandle | None = None
        self._early = 0
        self._closed = False
        self._refusing: asyncio.Task[None] | None = None

    async def connect(self) -> bool:
        """Accept the socket if its token is good; answers whether it is."""
        kwargs = self._scope["url_route"]["kwargs"]
        try:
            if switchboard().draining:
                raise draining()
            leg = await in_database(open_stream, kwargs["token"], carrier=kwargs["carrier"])
            self._facts = await in_database(facts_of, leg.pk)
        except (ActionError, DatabaseFailure, UnreadableCredential) as error:
            log.warning("a media stream was refused", extra={"code": getattr(error, "code", "server.database")})
            await self._send({"type": "websocket.close", "code": 4403})
            return False
        self._serializer = carrier_named(kwargs["carrier"]).new_serializer()  # type: ignore[assignment]
        await self._send({"type": "websocket.accept"})
        self._late = asyncio.get_running_loop().call_later(START_WITHIN_S, self._too_late)
        return True

    def _too_late(self) -> None:
        self._late = None
        self._refusing = asyncio.get_running_loop().create_task(self._close(POLICY, "stream.order"), name="late stream")

    async def feed(self, message: Message) -> None:
        """Hand what the carrier sent to the line; before there is one, look for the start."""
        data = message.get("text")
        data = data if data is not None else message.get("bytes") or b""
        if len(data) > MAX_MESSAGE:
            await self._close(TOO_LARGE, "stream.too_large")
        elif self._line is not None:
            await self._line.feed(data)
        elif self._serializer is not None and not self._closed:
            event = self._serializer.read(data)
            self._early += 1
            if isinstance(event, StreamStarted):
                await self._begin(event)
            elif self._early >= EARLY_MESSAGES:
                await self._close(POLICY, "stream.order")

    async def _begin(self, started: StreamStarted) -> None:
        assert self._facts is not None and self._serializer is not None  # noqa: S101 (set before the socket is accepted)
        if self._late is not None:
            self._late.cancel()
            self._late = None
        if self._facts.carrier_call_id and started.call_id != self._facts.carrier_call_id:
            await self._close(POLICY, "stream.refused")
            return
        try:
            telephone = await in_database(telephone_for, self._facts, started.call_id)
            host = await switchboard().open_call(self._facts.call_id, telephone)
            await in_database(note_stream, self._facts.leg_id, started)
        except (ActionError, DatabaseFailure, UnreadableCredential) as error:
            log.warning(
                "a telephone call could not be opened", extra={"code": getattr(error, "code", "server.database")}
            )
            await self._close(TROUBLE, getattr(error, "code", "server.database"))
            return
        line = CarrierLine(host.transport, self._serializer, started, self._write, self._close, self._over)
        self._writer = asyncio.get_running_loop().create_task(line.run(), name="media stream writer")
        self._line = line
        await host.transport.attach(line)

    async def leave(self) -> None:
        """Tell the line that the socket is gone."""
        if self._late is not None:
            self._late.cancel()
        if self._writer is not None:
            self._writer.cancel()
        if self._line is not None:
            await self._line.gone()

    async def _over(self, reason: str) -> None:
        """The line tells the call itself."""

    async def _write(self, data: str | bytes) -> None:
        kind = "text" if isinstance(data, str) else "bytes"
        await self._send({"type": "websocket.send", kind: data})

    async def _close(self, code: int, reason: str) -> None:
        if not self._closed:
            self._closed = True
            sendable = code if code == NORMAL or code >= OWN else OWN + code % 1000
            await self._send({"type": "websocket.close", "code": sendable, "reason": reason[:120]})

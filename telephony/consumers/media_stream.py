"""A carrier's media stream as a plain ASGI application: refused before it is accepted, or the line of its call (T7).

Between servers only, and only for who has a token (TEL-02, TEL-09). Media goes straight to the line (DESIGN section 6,
ADR 0011).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from django.db import Error as DatabaseFailure

from bots.actions.errors import ActionError
from bots.engine.errors import EngineError
from bots.engine.transports.carrier import CarrierLine
from bots.engine.transports.media_stream import MediaStreamSerializer, StreamRejected, StreamStarted
from bots.hosting.database import in_database
from bots.hosting.socket_send import Send, send_close, send_message
from bots.hosting.switchboard import switchboard
from telephony.actions.give_up_stream import give_up_stream
from telephony.carriers import carrier_named
from telephony.hosting.lines import StreamFacts, note_stream, stream_of, telephone_for

log = logging.getLogger(__name__)

Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]

START_WITHIN_S = 5.0
EARLY_MESSAGES = 20
FORBIDDEN, NORMAL, POLICY, TOO_LARGE, TROUBLE, OWN = 4403, 1000, 4008, 4009, 4011, 4000
MAX_MESSAGE = 1 << 20
DATABASE, STOPPED = "server.database", "stopped"

ENDED_BY_THE_CARRIER = (1000, 1005)
"""Codes of a socket that was closed on purpose: Plivo says by that alone that the call is over (TEL-24)."""


async def media_stream(scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
    """Serve one stream of one call."""
    socket = MediaSocket(scope, send)
    code = None
    try:
        while (message := await receive())["type"] != "websocket.disconnect":
            if message["type"] == "websocket.receive":
                await socket.feed(message)
            elif message["type"] == "websocket.connect" and not await socket.connect():
                return
        code = message.get("code")
    finally:
        await socket.leave(STOPPED if code in ENDED_BY_THE_CARRIER else "closed")


class MediaSocket:
    """One socket: waits for the stream's start, makes sure that it is of the call that the token is for, then plays.

    A token is spent with its socket. So a socket that comes to nothing ends its call, here and at the carrier.
    """

    def __init__(self, scope: Mapping[str, Any], send: Send) -> None:
        self._scope, self._send = scope, send
        self._facts: StreamFacts | None = None
        self._serializer: MediaStreamSerializer | None = None
        self._line: CarrierLine | None = None
        self._writer: asyncio.Task[None] | None = None
        self._late: asyncio.TimerHandle | None = None
        self._early = 0
        self._closed = self._gone = False
        self._refusing: asyncio.Task[None] | None = None

    async def connect(self) -> bool:
        """Accept the socket if its token is good; answers whether it is."""
        kwargs = self._scope["url_route"]["kwargs"]
        try:
            self._facts = await in_database(stream_of, kwargs["token"], kwargs["carrier"])
        except (ActionError, DatabaseFailure) as error:
            return await self._turn_away(getattr(error, "code", DATABASE))
        if switchboard().draining:
            await self._turn_away("server.draining")
            await self._end_call("server.draining")
            return False
        self._serializer = carrier_named(kwargs["carrier"]).new_serializer()  # type: ignore[assignment]
        await self._send({"type": "websocket.accept"})
        self._late = asyncio.get_running_loop().call_later(START_WITHIN_S, self._too_late)
        return True

    async def _turn_away(self, code: str) -> bool:
        log.warning("a media stream was refused", extra={"code": code})
        self._closed = True
        await self._send({"type": "websocket.close", "code": FORBIDDEN})
        return False

    def _too_late(self) -> None:
        self._late = None
        self._refusing = asyncio.get_running_loop().create_task(
            self._refuse(POLICY, "stream.order"), name="late stream"
        )

    # -- what the carrier sends ----------------------------------------------------------------------------------------

    async def feed(self, message: Message) -> None:
        """Hand what the carrier sent to the line; before there is one, look for the start."""
        data = message.get("text")
        data = data if data is not None else message.get("bytes") or b""
        if self._line is not None:
            if len(data) > MAX_MESSAGE:
                await self._close(TOO_LARGE, "stream.too_large")
            else:
                await self._line.feed(data)
        elif self._serializer is not None and not self._closed:
            await self._look_for_start(self._serializer, data)

    async def _look_for_start(self, serializer: MediaStreamSerializer, data: str | bytes) -> None:
        if len(data) > MAX_MESSAGE:
            await self._refuse(TOO_LARGE, "stream.too_large")
            return
        event = serializer.read(data)
        self._early += 1
        if isinstance(event, StreamStarted):
            await self._begin(serializer, event)
        elif isinstance(event, StreamRejected) and event.code == "stream.encoding":
            await self._refuse(POLICY, event.code)
        elif self._early >= EARLY_MESSAGES:
            await self._refuse(POLICY, "stream.order")

    async def _begin(self, serializer: MediaStreamSerializer, started: StreamStarted) -> None:
        """Run the call: it is recorded and greets from the moment in which its line is there (TEL-06)."""
        assert self._facts is not None  # noqa: S101 (set before the socket is accepted)
        self._stop_waiting()
        if self._facts.carrier_call_id and started.call_id != self._facts.carrier_call_id:
            await self._refuse(POLICY, "stream.refused")
            return
        telephone = None
        try:
            await in_database(note_stream, self._facts.leg_id, started)
            telephone = telephone_for(self._facts, started.call_id)
            host = await switchboard().open_call(self._facts.call_id, telephone)
        except (ActionError, EngineError, DatabaseFailure) as error:
            code = getattr(error, "code", DATABASE)
            log.warning("a telephone call could not be opened", extra={"code": code})
            if telephone is not None:
                await telephone.close()
            await self._refuse(TROUBLE, code)
            return
        line = CarrierLine(host.transport, serializer, started, self._write, self._close, self._over)
        self._writer = asyncio.get_running_loop().create_task(line.run(), name="media stream writer")
        self._line = line
        await host.transport.attach(line)

    # -- the end -------------------------------------------------------------------------------------------------------

    async def leave(self, reason: str) -> None:
        """Tell the line that the socket is gone; one that never had a line has ended its call."""
        self._stop_waiting()
        self._gone = True
        if self._writer is not None:
            self._writer.cancel()
        if self._line is not None:
            await self._line.gone(reason)
        elif self._refusing is not None:
            await asyncio.gather(self._refusing, return_exceptions=True)
        elif self._facts is not None and not self._closed:
            self._closed = True
            await self._end_call("stream.left" if reason == STOPPED else "stream.order")

    def _stop_waiting(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    async def _refuse(self, code: int, reason: str) -> None:
        """Close a socket that has no line."""
        if self._closed:
            return
        self._stop_waiting()
        await self._close(code, reason)
        await self._end_call(reason)

    async def _end_call(self, code: str) -> None:
        """End the call of a stream that came to nothing, unless it has another line."""
        facts = self._facts
        if facts is None or code == "call.taken":
            return
        log.warning("a media stream came to nothing", extra={"code": code, "leg": str(facts.leg_id)})
        try:
            await in_database(give_up_stream, call_id=facts.call_id, code=code)
        except DatabaseFailure:
            log.error("a call without a stream waits for the reaper", extra={"call": str(facts.call_id)})
        try:
            await telephone_for(facts).hang_up(code)
        except EngineError as error:
            log.warning("a call cannot be hung up", extra={"code": error.code, "leg": str(facts.leg_id)})

    async def _over(self, reason: str) -> None:
        """Close a socket whose stream the carrier has stopped; the line tells the call itself."""
        if reason == STOPPED and not self._gone:
            await self._close(NORMAL, "ended")

    async def _write(self, data: str | bytes) -> None:
        kind = "text" if isinstance(data, str) else "bytes"
        await send_message(self._send, {"type": "websocket.send", kind: data})

    async def _close(self, code: int, reason: str) -> None:
        if not self._closed:
            self._closed = True
            sendable = code if code == NORMAL or code >= OWN else OWN + code % 1000
            await send_close(self._send, sendable, reason[:120])

"""The serving process: daphne, and around it what daphne does not do: warm-up, drain, an orderly end (I1, I2).

Signals only set an event. On the first SIGTERM the process takes no new calls, waits for the running ones, says
goodbye to those left, and stops the server last; a second signal shortens the wait.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from bots.engine.errors import EngineError
from bots.engine.observers.tracing.setup import Tracing

from .garbage import settle_collector
from .presence import Presence
from .switchboard import switchboard
from .tracing import begin_tracing

log = logging.getLogger(__name__)

HURRY_S = 5.0


class ServingProcess:
    """Runs the ASGI application on one port until it is told to stop."""

    def __init__(self, application: Any, host: str, port: int, on_listening: Callable[[str, int], None]) -> None:
        from daphne.endpoints import build_endpoint_description_strings
        from daphne.server import Server

        # Messages somewhat over the limit still arrive, so that they can be answered with a code.
        limit = 4 * int(settings.VOICE["MAX_MESSAGE_BYTES"])
        self._server = Server(
            application,
            endpoints=build_endpoint_description_strings(host=host, port=port),
            signal_handlers=False,
            websocket_max_message_size=limit,
            websocket_max_frame_size=limit,
            server_name="voiceapp",
            ready_callable=self._arrange,
        )
        self._on_listening = on_listening
        self._presence = Presence()
        self._tracing: Tracing | None = None
        self._stop: asyncio.Event | None = None
        self._hurry: asyncio.Event | None = None
        self._main: asyncio.Task[None] | None = None
        self.failed = False

    def run(self) -> None:
        """Serve; returns when the process may exit."""
        self._server.run()

    def _arrange(self) -> None:
        from twisted.internet import reactor

        # A message that is larger still gets a close code instead of a cut connection.
        self._server.ws_factory.setProtocolOptions(failByDrop=False)
        reactor.callWhenRunning(self._begin)

    def _begin(self) -> None:
        loop = asyncio.get_event_loop()
        self._stop, self._hurry = asyncio.Event(), asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._signalled)
        self._main = loop.create_task(self._serve(), name="serving process")

    def _signalled(self) -> None:
        assert self._stop is not None and self._hurry is not None  # noqa: S101 (set before handlers are)
        (self._hurry if self._stop.is_set() else self._stop).set()

    async def _serve(self) -> None:
        assert self._stop is not None  # noqa: S101 (set in _begin)
        try:
            if not await self._is_listening():
                self.failed = True
                return
            self._on_listening(*self._server.listening_addresses[0][:2])
            self._presence.start()
            self._tracing = begin_tracing()
            await asyncio.to_thread(import_string(settings.VOICE["WORKER_START"]))
            warm = asyncio.get_running_loop().create_task(self._warm_up(), name="warm up")
            await self._stop.wait()
            warm.cancel()
            await self._drain()
        finally:
            await self._end()

    async def _is_listening(self) -> bool:
        for _ in range(100):
            if self._server.listening_addresses:
                return True
            await asyncio.sleep(0.02)
        return False

    async def _warm_up(self) -> None:
        try:
            await switchboard().shared.warm_up()
        except EngineError as error:
            log.error("a speech engine cannot start", extra={"code": error.code, "next_step": error.next_step})
        settle_collector()

    async def _drain(self) -> None:
        assert self._hurry is not None  # noqa: S101 (set in _begin)
        log.info("draining", extra={"calls": len(switchboard().hosts)})
        drain = asyncio.ensure_future(switchboard().drain(float(settings.VOICE["DRAIN_S"])))
        hurry = asyncio.ensure_future(self._hurry.wait())
        await asyncio.wait({drain, hurry}, return_when=asyncio.FIRST_COMPLETED)
        hurry.cancel()
        if not drain.done():
            drain.cancel()
            await switchboard().drain(HURRY_S)

    async def _end(self) -> None:
        await self._presence.stop()
        await switchboard().close()
        if self._tracing is not None:
            await asyncio.to_thread(self._tracing.shutdown)
        await asyncio.to_thread(import_string(settings.VOICE["WORKER_STOP"]))
        self._server.stop()

"""The carriers' REST interfaces on this machine: they hang up, redirect and place emulated calls, and remember all."""

from __future__ import annotations

import json
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from .call import EmulatedCall
from .interfaces import INTERFACES, Asked, Order

Dial = Callable[["Exchange", Order], Awaitable[str]]
"""Places a call and returns the carrier's id of it."""


class Exchange:
    """All emulated calls of a process by id, and the server that acts on them; ``dial`` places calls."""

    def __init__(self, dial: Dial | None = None) -> None:
        self.calls: dict[str, EmulatedCall] = {}
        self.numbers: dict[str, dict[str, str]] = {}
        """The account's numbers by their ids: ``number``, ``voice``, ``status`` or ``application``."""
        self.applications: dict[str, dict[str, str]] = {}
        """What numbers of Telnyx and Plivo point at."""
        self.heard: list[Asked] = []
        self._dial = dial
        self._runner: web.AppRunner | None = None
        self.port = 0

    async def start(self, port: int = 0, host: str = "127.0.0.1") -> None:
        """Listen; port 0 takes a free one. Raises OSError for one that is taken."""
        app = web.Application()
        app.router.add_route("*", "/{carrier}/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        self.port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]

    async def stop(self) -> None:
        """Listen no more."""
        if self._runner is not None:
            await self._runner.cleanup()

    def call(self, call_id: str) -> EmulatedCall | None:
        """Return a call of this process."""
        return self.calls.get(call_id)

    async def place(self, order: Order) -> str | None:
        """Place a call, where this exchange can."""
        return await self._dial(self, order) if self._dial is not None else None

    async def _serve(self, request: web.Request) -> web.Response:
        interface = INTERFACES.get(request.match_info["carrier"])
        asked = Asked(
            request.match_info["carrier"], request.method, request.match_info["path"],
            {**request.query, **await fields_of(request)}, request.headers.get("Authorization", ""),
        )  # fmt: skip
        self.heard.append(asked)
        if interface is None:
            return web.json_response({"error": "no such carrier"}, status=404)
        status, body = await interface.answer(asked, self)
        return web.Response(status=204) if status == 204 else web.json_response(dict(body), status=status)


async def fields_of(request: web.Request) -> dict[str, str]:
    """Return the fields of a form or of a JSON object; none for anything else."""
    if not request.can_read_body:
        return {}
    if request.content_type != "application/json":
        return {name: str(value) for name, value in (await request.post()).items()}
    try:
        found = json.loads(await request.text() or "{}")
    except ValueError:
        return {}
    return {name: str(value) for name, value in found.items()} if isinstance(found, dict) else {}


def new_call_id(carrier: str) -> str:
    """Return an id as the carrier makes them."""
    return f"CA{secrets.token_hex(16)}" if carrier == "twilio" else f"{carrier}-{secrets.token_hex(12)}"


def facts_of(call: EmulatedCall) -> dict[str, Any]:
    """Return what a log keeps of a call."""
    moments = [{"at": moment.at, "what": moment.what, **moment.facts} for moment in call.moments]
    return {"outcome": call.outcome, "seconds": round(call.now(), 3), "moments": moments, "gaps": call.ear.gaps}

"""The carriers' REST interfaces on this machine: they hang up, redirect and place emulated calls, and remember all."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from .call import EmulatedCall

LEAST_SECRET = 8


@dataclass(frozen=True, slots=True)
class Asked:
    """One request that came: method, path, fields."""

    carrier: str
    method: str
    path: str
    fields: dict[str, str] = field(repr=False)


Dial = Callable[["Exchange", str, str, dict[str, str]], Awaitable[str]]
"""Places a call: exchange, carrier, secret, fields; returns the carrier's id of it."""


class Exchange:
    """All emulated calls of a process by id, and the server that acts on them; ``dial`` places calls."""

    def __init__(self, dial: Dial | None = None) -> None:
        self.calls: dict[str, EmulatedCall] = {}
        self.numbers: dict[str, dict[str, str]] = {}
        """The account's numbers by their ids: ``number``, ``voice``, ``status``."""
        self.heard: list[Asked] = []
        self._dial = dial
        self._runner: web.AppRunner | None = None
        self.port = 0

    async def start(self, port: int = 0, host: str = "127.0.0.1") -> None:
        """Listen; port 0 takes a free one."""
        app = web.Application()
        app.router.add_route("*", "/twilio/2010-04-01/Accounts/{account}{rest:.*}", self._twilio)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        self.port = site._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]

    async def stop(self) -> None:
        """Listen no more."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _note(self, carrier: str, request: web.Request) -> dict[str, str]:
        fields = {name: str(value) for name, value in (await request.post()).items()} if request.can_read_body else {}
        self.heard.append(Asked(carrier, request.method, request.path, fields))
        return fields

    # -- Twilio -------------------------------------------------------------------------------------------------------

    async def _twilio(self, request: web.Request) -> web.Response:
        fields = await self._note("twilio", request)
        account, rest = request.match_info["account"].removesuffix(".json"), request.match_info["rest"]
        user, secret = basic_of(request)
        if user != account or len(secret) < LEAST_SECRET:
            return web.json_response({"code": 20003, "message": "Authenticate", "status": 401}, status=401)
        parts = rest.removesuffix(".json").strip("/").split("/")
        if parts == [""]:
            return web.json_response({"sid": account, "friendly_name": "Emulated account", "status": "active"})
        if parts[0] == "IncomingPhoneNumbers":
            return self._twilio_numbers(request.method, parts, fields)
        if parts == ["Calls"] and request.method == "POST" and self._dial is not None:
            return web.json_response(
                {"sid": await self._dial(self, "twilio", secret, fields), "status": "queued"}, status=201
            )
        call = self.calls.get(parts[1]) if parts[0] == "Calls" and len(parts) == 2 else None
        if call is None:
            return web.json_response({"code": 20404, "message": "not found", "status": 404}, status=404)
        if request.method == "POST":
            if fields.get("Status") == "completed":
                call.end()
            elif fields.get("Url"):
                call.redirect(fields["Url"])
        return web.json_response(
            {"sid": parts[1], "status": call.outcome or "in-progress", "duration": str(round(call.now()))}
        )

    def _twilio_numbers(self, method: str, parts: list[str], fields: dict[str, str]) -> web.Response:
        if len(parts) == 2 and method == "POST":
            if parts[1] not in self.numbers:
                return web.json_response({"code": 20404, "status": 404}, status=404)
            self.numbers[parts[1]] |= {"voice": fields.get("VoiceUrl", ""), "status": fields.get("StatusCallback", "")}
        listed = [
            {"sid": ref, "phone_number": number["number"], "friendly_name": number["number"],
             "voice_url": number.get("voice", ""), "status_callback": number.get("status", "")}
            for ref, number in self.numbers.items()
        ]  # fmt: skip
        return web.json_response({"incoming_phone_numbers": listed})


def basic_of(request: web.Request) -> tuple[str, str]:
    """Return user and password of a request."""
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    if kind != "Basic":
        return "", ""
    try:
        user, _, password = base64.b64decode(value).decode().partition(":")
    except ValueError:
        return "", ""
    return user, password


def new_call_id(carrier: str) -> str:
    """Return an id as the carrier makes them."""
    return f"CA{secrets.token_hex(16)}" if carrier == "twilio" else f"{carrier}-{secrets.token_hex(12)}"


def facts_of(call: EmulatedCall) -> dict[str, Any]:
    """Return what a log keeps of a call."""
    moments = [{"at": moment.at, "what": moment.what, **moment.facts} for moment in call.moments]
    return {"outcome": call.outcome, "seconds": round(call.now(), 3), "moments": moments, "gaps": call.ear.gaps}

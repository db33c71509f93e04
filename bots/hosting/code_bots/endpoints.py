"""The development runner's addresses: page, start, offers, sockets (RUN-04)."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from bots.actions.errors import ActionError
from bots.engine.transports.runner_args import SmallWebRTCRunnerArguments, WebSocketRunnerArguments
from bots.engine.transports.websocket.open_socket import OpenSocket
from bots.hosting.answers import for_clients, read_json
from bots.hosting.consumers import FORBIDDEN, MAX_REASON, NORMAL, OWN
from bots.hosting.origins import is_allowed_origin
from bots.hosting.socket_send import send_close, send_message

if TYPE_CHECKING:
    from bots.engine.transports.webrtc.connection import WebRTCConnection
    from bots.engine.transports.webrtc.offers import Answer, Offer

    from .sessions import CodeBotSessions

SLUG = "bot"


class CodeBotSite:
    """The pages and endpoints of one code bot."""

    def __init__(self, sessions: CodeBotSessions, name: str) -> None:
        self._sessions, self._name = sessions, name
        self._connections: dict[str, tuple[str, WebRTCConnection]] = {}

    @property
    def urlpatterns(self) -> list[Any]:
        """Where everything is: our client's addresses, and those of the documents."""
        offer: Any = for_clients("POST", "PATCH")(self._offer)
        start: Any = for_clients("POST")(self._start)
        page: Any = require_safe(self._page)
        return [
            path("", lambda request: HttpResponseRedirect("/client"), name="console"),
            path("client", page),
            path("client/", page, name="call_list"),
            path("start", start),
            path("api/offer", offer),
            path(f"rtvi/{SLUG}/start", start),
            path(f"rtvi/{SLUG}/api/offer", offer),
            path(f"rtvi/{SLUG}/sessions/<str:session>/api/offer", offer),
        ]

    @property
    def websocket_urlpatterns(self) -> list[Any]:
        """Where sockets go."""
        socket: Any = self.socket
        return [path("ws", socket), path(f"rtvi/{SLUG}/ws/<str:session>", socket)]

    def _page(self, request: HttpRequest) -> HttpResponse:
        bot = {
            "slug": SLUG, "name": self._name, "description": "", "live_version": 1, "versions": [],
            "has_draft": False, "can_edit": False, "admin_url": "",
        }  # fmt: skip
        data = {
            "bots": [bot], "current": SLUG, "csrf": "", "user": {"name": "developer"},
            "urls": {"calls": "/client", "login": "/client"}, "continue_from": None, "dev": True,
        }  # fmt: skip
        return render(request, "bots/console.html", {"console_data": data})

    async def _start(self, request: HttpRequest) -> HttpResponse:
        body = read_json(request)
        wanted = "websocket" if body.get("transport") in ("websocket", "ws") else "webrtc"
        self._serves(wanted)
        token = self._sessions.ask(body.get("body") or {})
        if wanted == "webrtc":
            return JsonResponse({"sessionId": token})
        return JsonResponse({"wsUrl": f"ws://{request.get_host()}/rtvi/{SLUG}/ws/{token}", "token": token})

    def _serves(self, transport: str) -> None:
        """With WebRTC a socket is served too: it is what a page falls back to."""
        if transport == "webrtc" and self._sessions.transport != "webrtc":
            raise ActionError(
                "transport.unknown", f"This runner serves {self._sessions.transport}.",
                next_step=f"Choose that transport, or start the runner with -t {transport}.",
            )  # fmt: skip

    # -- WebRTC --------------------------------------------------------------------------------------------------------

    async def _offer(self, request: HttpRequest, session: str = "") -> HttpResponse:
        from bots.engine.transports.webrtc.offers import Offer

        self._serves("webrtc")
        body = read_json(request)
        stem = str(body.get("pc_id") or "").partition(".")[0]
        known = self._connections.get(stem)
        if stem and (known is None or known[0] != session):
            raise ActionError("session.unknown", "There is no such session.", next_step="Start again.", http_status=404)
        if request.method == "PATCH":
            if known is None:
                raise ActionError("session.unknown", "There is no such session.", next_step="Send an offer first.")
            candidates = body.get("candidates")
            await known[1].add_candidates(str(body["pc_id"]), candidates if isinstance(candidates, list) else [])
            return JsonResponse({"status": "success"})
        offer = Offer.from_request(body)
        if known is not None:
            return JsonResponse((await known[1].negotiate(offer)).as_data())
        return JsonResponse((await self._connect(session, body, offer)).as_data())

    async def _connect(self, session: str, body: Mapping[str, Any], offer: Offer) -> Answer:
        """Open a session: a started one by its secret, or by the offer itself as the documents have it."""
        from bots.engine.transports.webrtc.connection import WebRTCConnection

        details = body.get("requestData") or body.get("request_data") or {}
        asked = self._sessions.open(session or self._sessions.ask(details if isinstance(details, dict) else {}))
        connection = WebRTCConnection(secrets.token_hex(8), include_loopback=True)
        answer = await connection.negotiate(offer)
        self._connections[connection.name] = (session, connection)

        async def end() -> None:
            self._connections.pop(connection.name, None)
            await connection.leave()

        self._sessions.run(SmallWebRTCRunnerArguments(webrtc_connection=connection, body=asked), end)
        return answer

    # -- sockets -------------------------------------------------------------------------------------------------------

    async def socket(self, scope: Mapping[str, Any], receive: Any, send: Any) -> None:
        """Serve one socket of one caller."""
        await receive()
        await send({"type": "websocket.accept"})
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        origin = headers.get("origin", "")
        if origin and not is_allowed_origin(origin, headers.get("host", "")):
            await send({"type": "websocket.close", "code": FORBIDDEN, "reason": "origin.forbidden"})
            return
        token = scope["url_route"]["kwargs"].get("session", "")
        try:
            body = self._sessions.open(token or self._sessions.ask({}))
        except ActionError as error:
            await send({"type": "websocket.close", "code": FORBIDDEN, "reason": error.code})
            return
        await self._hold(receive, send, body)

    async def _hold(self, receive: Any, send: Any, body: Mapping[str, Any]) -> None:
        closed = asyncio.Event()

        async def write(data: bytes) -> None:
            await send_message(send, {"type": "websocket.send", "bytes": data})

        async def close(code: int, reason: str) -> None:
            if not closed.is_set():
                closed.set()
                code = code if code == NORMAL or code >= OWN else code + 3000
                await send_close(send, code, reason[:MAX_REASON])

        socket = OpenSocket(write, close)
        self._sessions.run(WebSocketRunnerArguments(websocket=socket, body=body), lambda: close(NORMAL, "ended"))
        while (message := await receive())["type"] != "websocket.disconnect":
            await socket.feed(message.get("bytes") or message.get("text") or b"")
        closed.set()
        await socket.disconnected(int(message.get("code") or 1006))

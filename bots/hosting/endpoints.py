"""Starting a call and its WebRTC signalling, for the official clients (client contract 1 to 3).

A client asks over HTTP, is authenticated, gets its session, and then connects to it (DEP-02, DEP-03).
"""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from bots.actions.call_tokens import call_of_session, issue_call_token
from bots.actions.errors import ActionError
from bots.actions.start_call import start_call
from bots.models import Bot, Call

from .answers import for_clients, read_json
from .database import in_database
from .identity import caller_of
from .offers import add_candidates, answer_offer, check_offer
from .switchboard import draining, resumable_call, switchboard

WEBRTC, WEBSOCKET = "webrtc", "websocket"


def _transport_of(body: dict[str, Any]) -> str:
    wanted = body.get("transport") or WEBRTC
    names = {"webrtc": WEBRTC, "smallwebrtc": WEBRTC, "small-webrtc": WEBRTC, "websocket": WEBSOCKET, "ws": WEBSOCKET}
    if not isinstance(wanted, str) or wanted not in names:
        raise ActionError(
            "transport.unknown", "This server has the transports webrtc and websocket.",
            next_step="Ask for one of them.",
        )  # fmt: skip
    return names[wanted]


def _version_of(details: dict[str, Any]) -> int | str | None:
    version = details.get("version")
    if version is None or version == "draft" or (isinstance(version, int) and not isinstance(version, bool)):
        return version
    raise ActionError("bot.unknown_version", "This bot has no such version.", next_step="Choose one.", http_status=404)


def _call_for(request: HttpRequest, slug: str, body: dict[str, Any], transport: str) -> tuple[Call, Bot, str]:
    """Create the call (or find the one to come back to) and a token that opens it."""
    user, bot = caller_of(request, slug)
    details = _details_of(body)
    resume, earlier, session = details.get("resume"), details.get("continue_from"), details.get("session")
    tried = call_of_session(str(session), user=user, bot=bot) if session else None
    if resume:
        call = resumable_call(resume=str(resume), user=user, bot=bot, switchboard=switchboard())
    elif tried is not None:
        call = tried
    else:
        call = start_call(
            user=user, bot=bot, transport=transport, version=_version_of(details),
            continue_from=str(earlier) if earlier else None, user_agent=request.headers.get("User-Agent", ""),
        )  # fmt: skip
    return call, bot, issue_call_token(user=user, bot=bot, call=call)


def _refuse_when_draining(details: dict[str, Any]) -> None:
    """Take no new calls; callers of running ones may come back until these have ended."""
    if switchboard().draining and not (details.get("resume") or details.get("session")):
        raise draining()


def _details_of(body: dict[str, Any]) -> dict[str, Any]:
    """What the app sends beside the transport: under ``body``, or at the top in 1.0-style apps."""
    details = body.get("body")
    return details if isinstance(details, dict) else body


def _socket_address(request: HttpRequest, slug: str, call_id: uuid.UUID) -> str:
    scheme = "wss" if request.is_secure() else "ws"
    return f"{scheme}://{request.get_host()}/rtvi/{slug}/ws/{call_id}"


@for_clients("POST")
async def start(request: HttpRequest, slug: str) -> HttpResponse:
    """Start a call and tell the client how to reach it."""
    body = read_json(request)
    transport = _transport_of(body)
    _refuse_when_draining(_details_of(body))
    call, bot, token = await in_database(_call_for, request, slug, body, transport)
    if transport == WEBSOCKET:
        return JsonResponse({"wsUrl": _socket_address(request, bot.slug, call.pk), "token": token})
    answer: dict[str, Any] = {"sessionId": token}
    if servers := settings.VOICE["ICE_SERVERS"]:
        answer["iceConfig"] = {"iceServers": servers}
    return JsonResponse(answer)


@for_clients("POST", "PATCH")
async def session_offer(request: HttpRequest, slug: str, session: str) -> HttpResponse:
    """Answer an offer (POST) or take trickled candidates (PATCH) of a started session."""
    body = read_json(request)
    if request.method == "PATCH":
        return JsonResponse(await add_candidates(body, session=session))
    return JsonResponse(await answer_offer(slug, session, body))


@for_clients("POST", "PATCH")
async def direct_offer(request: HttpRequest, slug: str) -> HttpResponse:
    """The same without a start request: the first offer starts the call, later ones name their ``pc_id``."""
    body = read_json(request)
    if request.method == "PATCH":
        return JsonResponse(await add_candidates(body))
    if body.get("pc_id"):
        return JsonResponse(await answer_offer(slug, "", body))
    check_offer(body)
    details = body.get("requestData") or body.get("request_data") or {}
    wrapped = {"body": details if isinstance(details, dict) else {}}
    _refuse_when_draining(wrapped["body"])
    _, _, token = await in_database(_call_for, request, slug, wrapped, WEBRTC)
    return JsonResponse(await answer_offer(slug, token, body))

"""WebRTC signalling: which call an offer belongs to, and its connection (client contract 3)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.conf import settings

from bots.actions.errors import ActionError
from bots.engine.errors import EngineError

from .host import CallHost
from .switchboard import switchboard

if TYPE_CHECKING:
    from bots.engine.transports.webrtc.line import WebRTCLine

_lines: dict[str, tuple[CallHost, WebRTCLine]] = {}
_opening = asyncio.Lock()


def _unknown() -> ActionError:
    return ActionError(
        "session.unknown", "There is no such session.", next_step="Start the call again.", http_status=404
    )


async def answer_offer(slug: str, session: str, body: Mapping[str, Any]) -> dict[str, str]:
    """Answer an SDP offer; the session's first one opens its call. Raises ActionError or EngineError with a status."""
    from bots.engine.transports.webrtc.offers import Offer

    offer = Offer.from_request(body)
    stem = (offer.pc_id or "").partition(".")[0]
    known = _lines.get(stem) if stem else _line_of_session(session)
    if known is not None and session and known[1].session != session:
        raise _unknown()
    if known is None:
        async with _opening:
            known = (_line_of_session(session) if not stem else None) or await _open(slug, session)
    host, line = known
    try:
        answer = await line.connection.negotiate(offer)
    except EngineError as error:
        host.journal.record("input.rejected", {"code": error.code, "message": error.message})
        raise
    return answer.as_data()


def check_offer(body: Mapping[str, Any]) -> None:
    """Raise OfferUnusable for a request that holds no offer, before a call is made for it."""
    from bots.engine.transports.webrtc.offers import Offer

    Offer.from_request(body)


def _line_of_session(session: str) -> tuple[CallHost, WebRTCLine] | None:
    host = switchboard().of_session(session)
    if host is None:
        return None
    return next((entry for entry in _lines.values() if entry[0] is host and entry[1].session == session), None)


async def _open(slug: str, session: str) -> tuple[CallHost, WebRTCLine]:
    from bots.engine.transports.webrtc.connection import WebRTCConnection
    from bots.engine.transports.webrtc.line import WebRTCLine

    if not session:
        raise _unknown()
    host = await switchboard().open(slug, session)
    connection = WebRTCConnection(
        host.clock.new_id().replace("-", ""),
        ice_servers=settings.VOICE["ICE_SERVERS"],
        include_loopback=bool(settings.VOICE["LOOPBACK_ICE"]),
    )
    line = WebRTCLine(host.transport, connection, session, _forget)
    _lines[connection.name] = (host, line)
    await host.expect(line)
    return host, line


def _forget(line: WebRTCLine) -> None:
    _lines.pop(line.connection.name, None)


async def add_candidates(body: Mapping[str, Any], *, session: str = "") -> dict[str, str]:
    """Take trickled candidates; odd ones never raise, an unknown ``pc_id`` does."""
    pc_id = str(body.get("pc_id") or "")
    entry = _lines.get(pc_id.partition(".")[0])
    if entry is None or (session and entry[1].session != session):
        raise _unknown()
    candidates = body.get("candidates")
    await entry[1].connection.add_candidates(pc_id, candidates if isinstance(candidates, list) else [])
    return {"status": "success"}

"""Why a signalling request is refused; ``status`` is the HTTP status official clients understand (contract 3.2)."""

from __future__ import annotations

from typing import ClassVar

from bots.engine.errors import Owner, TransportError


class SignallingError(TransportError):
    """A signalling request cannot be served. 4xx: never try this again; 5xx: try again."""

    code = "webrtc.failed"
    owner: ClassVar[Owner] = "us"
    next_step = "Try again; if it goes on, use the WebSocket transport."
    status: ClassVar[int] = 500


class OfferUnusable(SignallingError):
    """An offer cannot be read, or holds nothing that a voice call needs."""

    code = "webrtc.offer_unusable"
    owner = "caller"
    next_step = "Send an SDP offer with one audio line (Opus) and a data channel."
    status = 400


class UnknownPeer(SignallingError):
    """The named peer connection is not known here."""

    code = "webrtc.unknown_peer"
    owner = "caller"
    next_step = "Start a new session."
    status = 404


class ConnectionOver(SignallingError):
    """The session is over."""

    code = "webrtc.over"
    owner = "caller"
    next_step = "Start a new session."
    status = 404


class TooManyOffers(SignallingError):
    """A session was offered more connections than any client needs."""

    code = "webrtc.too_many_offers"
    owner = "caller"
    next_step = "Start a new session."
    status = 429


class NotConnected(SignallingError):
    """No way between client and server was found in time."""

    code = "webrtc.not_connected"
    owner = "network"
    next_step = "Use the WebSocket transport: a firewall between client and server blocks UDP."

"""Answers to Plivo, in its XML (TEL-12, TEL-23; Plivo's "Stream", "Speak", "Dial", "Play", "Wait" and "Hangup")."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from telephony.carriers.base import AnswerDocument
from telephony.carriers.markup import Response, locale_of

MAX_SAID = 500
BOTH_WAYS = {"bidirectional": "true", "keepCallAlive": "true", "contentType": "audio/x-mulaw;rate=8000"}
"""The document stops at the stream: what stood behind it might be done at once, and its end ends the call."""


def stream(stream_url: str, custom: Mapping[str, str]) -> AnswerDocument:
    """Connect with a socket: the address is the element's text, own values are headers of letters and digits."""
    headers = ";".join(f"{_letters(name)}={quote(value, safe='')}" for name, value in custom.items() if _letters(name))
    response = Response()
    response.verb("Stream", {**BOTH_WAYS, "extraHeaders": headers}, stream_url)
    return response.document()


def message(text: str, language: str) -> AnswerDocument:
    """Say something and hang up."""
    response = Response()
    response.verb("Speak", {"language": locale_of(language)}, text[:MAX_SAID])
    response.verb("Hangup")
    return response.document()


def busy() -> AnswerDocument:
    """Refuse with a busy tone; the call is not answered."""
    response = Response()
    response.verb("Hangup", {"reason": "busy"})
    return response.document()


def dial(target: str, caller_id: str, timeout_s: int, after_url: str) -> AnswerDocument:
    """Connect the caller with a number, which Plivo writes without its plus, or a SIP address."""
    response = Response()
    attributes = {"callerId": caller_id.lstrip("+"), "timeout": str(timeout_s), "action": after_url, "method": "POST"}
    inside = response.verb("Dial", attributes)
    if target.lower().startswith(("sip:", "sips:")):
        response.verb("User", text=target, inside=inside)
    else:
        response.verb("Number", text=target.lstrip("+"), inside=inside)
    return response.document()


def hold(music_url: str, seconds: int, after_url: str) -> AnswerDocument:
    """Play music, or nothing, and ask what comes next."""
    response = Response()
    if music_url:
        response.verb("Play", {"loop": "10"}, music_url)
    else:
        response.verb("Wait", {"length": str(seconds)})
    response.verb("Redirect", {"method": "POST"}, after_url)
    return response.document()


def _letters(name: str) -> str:
    return "".join(char for char in name if char.isascii() and (char.isalnum() or char in "-_"))

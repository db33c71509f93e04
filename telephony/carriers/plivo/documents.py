"""Answers to Plivo, in its XML (TEL-12, TEL-23; Plivo's "Stream", "Speak", "Dial", "Wait" and "Hangup")."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from telephony.carriers import markup
from telephony.carriers.base import AnswerDocument, Dial
from telephony.carriers.markup import Response, is_sip, locale_of

MAX_SAID = 500
ACCEPT_KEY = "1"
BOTH_WAYS = {"bidirectional": "true", "keepCallAlive": "true", "contentType": "audio/x-mulaw;rate=8000"}
"""The document stops at the stream: what stood behind it might be done at once, and its end ends the call."""

over = markup.over


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


def dial(order: Dial) -> AnswerDocument:
    """Connect the caller with a number, which Plivo writes without its plus, or a SIP address.

    With ``confirmSound`` the person hears a document of ours and presses ``confirmKey`` to take the call.
    """
    response = Response()
    asked = {"confirmSound": order.brief_url, "confirmKey": ACCEPT_KEY, "confirmTimeout": "20"}
    attributes = {
        "callerId": order.caller_id.lstrip("+"), "timeout": str(order.ring_s), "timeLimit": str(order.limit_s),
        "action": order.after_url, "method": "POST", **(asked if order.brief_url else {}),
    }  # fmt: skip
    inside = response.verb("Dial", attributes)
    if is_sip(order.target):
        response.verb("User", text=order.target, inside=inside)
    else:
        response.verb("Number", text=order.target.lstrip("+"), inside=inside)
    return response.document()


def brief(text: str, language: str, accept_url: str) -> AnswerDocument:
    """Say something to the person who was dialled; Plivo itself waits for their key."""
    response = Response()
    response.verb("Speak", {"language": locale_of(language)}, text[:MAX_SAID])
    return response.document()


def accept(*, accepted: bool) -> AnswerDocument:
    """Plivo never asks: it knows the key."""
    return Response().document() if accepted else markup.over()


def wait(seconds: int, after_url: str) -> AnswerDocument:
    """Be silent, and ask what comes next."""
    response = Response()
    response.verb("Wait", {"length": str(seconds)})
    response.verb("Redirect", {"method": "POST"}, after_url)
    return response.document()


def _letters(name: str) -> str:
    return "".join(char for char in name if char.isascii() and (char.isalnum() or char in "-_"))

"""Answer documents in TwiML, which Telnyx understands as TeXML (TEL-03, TEL-21, TEL-23).

From Twilio's "TwiML for Programmable Voice" and Telnyx's "TeXML Translator".
"""

from __future__ import annotations

from collections.abc import Mapping

from .base import AnswerDocument, Dial
from .markup import Response, is_sip, locale_of, over

MAX_SAID = 500


def stream(
    stream_url: str, custom: Mapping[str, str], attributes: Mapping[str, str] | None = None, *, pause_s: int = 0
) -> AnswerDocument:
    """Connect with a socket until that closes, wait ``pause_s`` seconds for somebody to take the call over, end it."""
    response = Response()
    connect = response.verb("Connect")
    inside = response.verb("Stream", {"url": stream_url, **(attributes or {})}, inside=connect)
    for name, value in custom.items():
        response.verb("Parameter", {"name": name, "value": value}, inside=inside)
    if pause_s:
        response.verb("Pause", {"length": str(pause_s)})
    response.verb("Hangup")
    return response.document()


def message(text: str, language: str, attributes: Mapping[str, str] | None = None) -> AnswerDocument:
    """Say something and hang up."""
    response = Response()
    response.verb("Say", {"language": locale_of(language), **(attributes or {})}, text[:MAX_SAID])
    response.verb("Hangup")
    return response.document()


def busy() -> AnswerDocument:
    """Refuse with a busy tone; the call is not paid for."""
    response = Response()
    response.verb("Reject", {"reason": "busy"})
    return response.document()


def dial(order: Dial) -> AnswerDocument:
    """Connect the caller with a number or a SIP address; ``url`` of the noun is asked before the two are connected."""
    response = Response()
    attributes = {
        "callerId": order.caller_id, "timeout": str(order.ring_s), "timeLimit": str(order.limit_s),
        "action": order.after_url, "method": "POST", "answerOnBridge": "true",
    }  # fmt: skip
    inside = response.verb("Dial", attributes)
    noun = "Sip" if is_sip(order.target) else "Number"
    asked = {"url": order.brief_url, "method": "POST"} if order.brief_url else {}
    response.verb(noun, asked, order.target, inside=inside)
    return response.document()


def brief(text: str, language: str, accept_url: str, attributes: Mapping[str, str] | None = None) -> AnswerDocument:
    """Say something and wait ten seconds for a key; without one the person is let go."""
    response = Response()
    asked = {"numDigits": "1", "timeout": "10", "action": accept_url, "method": "POST"}
    inside = response.verb("Gather", asked)
    response.verb("Say", {"language": locale_of(language), **(attributes or {})}, text[:MAX_SAID], inside=inside)
    response.verb("Hangup")
    return response.document()


def accept(*, accepted: bool) -> AnswerDocument:
    """An empty document connects the person with the caller."""
    return Response().document() if accepted else over()


def wait(seconds: int, after_url: str) -> AnswerDocument:
    """Be silent, and ask what comes next."""
    response = Response()
    response.verb("Pause", {"length": str(seconds)})
    response.verb("Redirect", {"method": "POST"}, after_url)
    return response.document()

"""Answer documents in TwiML, which Telnyx understands as TeXML (TEL-03, TEL-21, TEL-23).

From Twilio's "TwiML for Programmable Voice" and Telnyx's "TeXML Translator".
"""

from __future__ import annotations

from collections.abc import Mapping

from .base import AnswerDocument
from .markup import Response, locale_of

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


def dial(target: str, caller_id: str, timeout_s: int, after_url: str) -> AnswerDocument:
    """Connect the caller with a number or a SIP address."""
    response = Response()
    attributes = {"callerId": caller_id, "timeout": str(timeout_s), "action": after_url, "method": "POST"}
    inside = response.verb("Dial", {**attributes, "answerOnBridge": "true"})
    response.verb("Sip" if target.lower().startswith(("sip:", "sips:")) else "Number", text=target, inside=inside)
    return response.document()


def hold(music_url: str, seconds: int, after_url: str) -> AnswerDocument:
    """Play music, or nothing, and ask what comes next."""
    response = Response()
    if music_url:
        response.verb("Play", {"loop": "10"}, music_url)
    else:
        response.verb("Pause", {"length": str(seconds)})
    response.verb("Redirect", {"method": "POST"}, after_url)
    return response.document()

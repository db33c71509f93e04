"""Answers to Exotel: the Voicebot applet wants the address of a socket in JSON, and nothing else (Exotel's "Working
with the Stream and Voicebot Applet"). What comes before and after is in the account's flow.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import urlencode

from telephony.carriers.base import AnswerDocument
from telephony.carriers.errors import CarrierCannot

JSON = "application/json"
MAX_CUSTOM, MAX_CUSTOM_TEXT = 3, 256
"""The applet takes three values with 256 characters together."""


def stream(stream_url: str, custom: Mapping[str, str]) -> AnswerDocument:
    """Connect with a socket; own values go into its address."""
    query = urlencode(dict(list(custom.items())[:MAX_CUSTOM]))
    address = f"{stream_url}?{query}" if query and len(query) <= MAX_CUSTOM_TEXT else stream_url
    return AnswerDocument(json.dumps({"url": address}), JSON)


def busy() -> AnswerDocument:
    """Name no socket: the applet fails and the flow goes on, with its Hangup applet as the guide says."""
    return AnswerDocument(json.dumps({"url": ""}), JSON)


def message(text: str, language: str) -> AnswerDocument:
    """Refuse like :func:`busy`: a message is spoken by a Greeting applet of the flow, not by us."""
    return busy()


def dial(target: str, caller_id: str, timeout_s: int, after_url: str) -> AnswerDocument:
    """Raise ``carrier.cannot``."""
    raise CarrierCannot("Exotel connects calls in its flow: put a Connect applet behind the Voicebot applet.")


def hold(music_url: str, seconds: int, after_url: str) -> AnswerDocument:
    """Raise ``carrier.cannot``."""
    raise CarrierCannot("Exotel cannot put a call on hold: let the bot stay on the line instead.")

"""Answers to Exotel: the Voicebot applet wants the address of a socket in JSON, and nothing else (Exotel's "Working
with the Stream and Voicebot Applet"). What comes before and after is in the account's flow.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import urlencode

from telephony.carriers.base import AnswerDocument, Dial
from telephony.carriers.errors import CarrierCannot
from telephony.carriers.markup import is_sip

JSON = "application/json"
MAX_RING_S = 45
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


def over() -> AnswerDocument:
    """Name nobody: the Connect applet dials nobody, the Voicebot applet opens no socket, and the flow goes on."""
    return AnswerDocument(json.dumps({"url": "", "destination": {"numbers": []}}), JSON)


def dial(order: Dial) -> AnswerDocument:
    """Answer the Connect applet's question whom to dial (Exotel's "Working with Connect Applet (Dynamic URL)").

    The person hears ``brief`` when they answer. Raises ``carrier.cannot`` for a SIP address.
    """
    if is_sip(order.target):
        raise CarrierCannot("Exotel's Connect applet dials numbers, no SIP addresses.")
    said = {"start_call_playback": {"playback_to": "callee", "type": "text", "value": order.brief}}
    told = {
        "fetch_after_attempt": False, "destination": {"numbers": [order.target]},
        "outgoing_phone_number": order.caller_id, "max_ringing_duration": min(order.ring_s, MAX_RING_S),
        "max_conversation_duration": order.limit_s, **(said if order.brief else {}),
    }  # fmt: skip
    return AnswerDocument(json.dumps(told), JSON)


def brief(text: str, language: str, accept_url: str) -> AnswerDocument:
    """Raise ``carrier.cannot``: what is said goes with :func:`dial`."""
    raise CarrierCannot("Exotel says the brief itself.")


def accept(*, accepted: bool) -> AnswerDocument:
    """Raise ``carrier.cannot``: nobody is asked for a key."""
    raise CarrierCannot("Exotel asks for no key.")


def wait(seconds: int, after_url: str) -> AnswerDocument:
    """Raise ``carrier.cannot``."""
    raise CarrierCannot("Exotel waits for nobody: its flow goes on.")

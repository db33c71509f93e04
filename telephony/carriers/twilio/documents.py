"""Answers to Twilio, in TwiML (TEL-03, TEL-21, TEL-23; Twilio's "TwiML for Programmable Voice")."""

from __future__ import annotations

from collections.abc import Mapping

from telephony.carriers import markup, twiml
from telephony.carriers.base import AnswerDocument

PAUSE_S = 40
"""How long the documents keep a call whose stream is gone (TEL-03): whoever ends a call hangs it up before that."""

message, busy, over, dial = twiml.message, twiml.busy, markup.over, twiml.dial
brief, accept, wait = twiml.brief, twiml.accept, twiml.wait


def stream(stream_url: str, custom: Mapping[str, str]) -> AnswerDocument:
    """Connect with a socket; the sound of the caller comes and ours goes."""
    return twiml.stream(stream_url, custom, pause_s=PAUSE_S)

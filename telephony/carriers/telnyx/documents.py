"""Answers to Telnyx, in TeXML (TEL-13, TEL-23; Telnyx's "TeXML Verbs": Stream, Reject, Dial, Play, Say)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from telephony.carriers import markup, twiml
from telephony.carriers.base import AnswerDocument, Dial

OURS = "PCMU"
"""The encoding of what we send."""
BOTH_WAYS = {
    "track": "inbound_track", "codec": "PCMU", "bidirectionalMode": "rtp", "bidirectionalCodec": OURS,
}  # fmt: skip
"""Without the mode the stream goes one way only, or wants MP3; the codec is PCMU in both directions (CONF-08)."""
VOICE = "alice"
"""The voice that speaks every language a document may name."""

SHORTEST_DIAL_S = 60
"""Of a connection; a shorter limit is no limit ("TeXML Dial", timeLimit)."""

busy, over, accept, wait = twiml.busy, markup.over, twiml.accept, twiml.wait


def stream(stream_url: str, custom: Mapping[str, str]) -> AnswerDocument:
    """Connect with a socket; the sound of the caller comes and ours goes."""
    return twiml.stream(stream_url, custom, BOTH_WAYS)


def message(text: str, language: str) -> AnswerDocument:
    """Say something and hang up."""
    return twiml.message(text, language, {"voice": VOICE})


def dial(order: Dial) -> AnswerDocument:
    """Connect the caller with a number or a SIP address."""
    return twiml.dial(replace(order, limit_s=max(SHORTEST_DIAL_S, order.limit_s)))


def brief(text: str, language: str, accept_url: str) -> AnswerDocument:
    """Say something to the person who was dialled and wait for their key."""
    return twiml.brief(text, language, accept_url, {"voice": VOICE})

"""Answers to Telnyx, in TeXML (TEL-13, TEL-23; Telnyx's "TeXML Verbs": Stream, Reject, Dial, Play, Say)."""

from __future__ import annotations

from collections.abc import Mapping

from telephony.carriers import markup, twiml
from telephony.carriers.base import AnswerDocument

BOTH_WAYS = {
    "track": "inbound_track", "codec": "PCMU", "bidirectionalMode": "rtp", "bidirectionalCodec": "PCMU",
}  # fmt: skip
"""Without the mode the stream goes one way only, or wants MP3; the codec is PCMU in both directions (CONF-08)."""
VOICE = "alice"
"""The voice that speaks every language a document may name."""

busy, over, dial, accept, wait = twiml.busy, markup.over, twiml.dial, twiml.accept, twiml.wait


def stream(stream_url: str, custom: Mapping[str, str]) -> AnswerDocument:
    """Connect with a socket; the sound of the caller comes and ours goes."""
    return twiml.stream(stream_url, custom, BOTH_WAYS)


def message(text: str, language: str) -> AnswerDocument:
    """Say something and hang up."""
    return twiml.message(text, language, {"voice": VOICE})


def brief(text: str, language: str, accept_url: str) -> AnswerDocument:
    """Say something to the person who was dialled and wait for their key."""
    return twiml.brief(text, language, accept_url, {"voice": VOICE})

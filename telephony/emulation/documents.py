"""What an answer document tells a carrier to do: verbs in order (TwiML, TeXML, Plivo XML; Exotel's JSON)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, ParseError, fromstring


@dataclass(frozen=True, slots=True)
class Verb:
    """One instruction: ``stream``, ``say``, ``gather``, ``dial``, ``pause``, ``redirect``, ``hangup`` or ``reject``.

    ``connect`` is a flow's own: it asks whom to dial.
    """

    name: str
    text: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    custom: dict[str, str] = field(default_factory=dict)


class DocumentUnreadable(Exception):
    """The server's answer is no document of this carrier."""


def read_xml(body: str) -> list[Verb]:
    """Read an XML document of Twilio, Telnyx or Plivo."""
    try:
        root = fromstring(body)  # noqa: S314 (a server of one's own, on this machine)
    except ParseError as error:
        raise DocumentUnreadable(f"The answer is no XML: {body[:200]!r}") from error
    if root.tag != "Response":
        raise DocumentUnreadable(f"The answer is no <Response>: {body[:200]!r}")
    return [_verb(element) for element in root]


def _verb(element: Element) -> Verb:
    name = element.tag.lower()
    inner = list(element)
    if name == "connect" and inner:
        element = inner[0]
        name, inner = element.tag.lower(), list(element)
    attributes = dict(element.attrib)
    text = (element.text or "").strip()
    if name == "stream":
        custom = {child.get("name", ""): child.get("value", "") for child in inner if child.tag == "Parameter"}
        return Verb("stream", attributes.get("url") or text, attributes, custom)
    if name == "dial" and inner:
        return Verb("dial", (inner[0].text or "").strip(), {**attributes, "url": inner[0].get("url", "")})
    if name == "gather" and inner:
        return Verb("gather", (inner[0].text or "").strip(), attributes)
    return Verb({"speak": "say", "wait": "pause", "hangup": "hangup"}.get(name, name), text, attributes)


def read_json(body: str) -> list[Verb]:
    """Read Exotel's answers: the address of the socket, or whom to dial; without either the flow hangs up."""
    try:
        found = json.loads(body)
        numbers = found.get("destination", {}).get("numbers", [])
        brief = str(found.get("start_call_playback", {}).get("value", ""))
        if found.get("url"):
            return [Verb("stream", str(found["url"])), Verb("connect")]
        if numbers:
            return [Verb("dial", str(numbers[0]), {"callerId": str(found["outgoing_phone_number"]), "brief": brief})]
        return [Verb("hangup")]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise DocumentUnreadable(f"The answer names no stream: {body[:200]!r}") from None

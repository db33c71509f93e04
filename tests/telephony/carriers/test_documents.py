"""Documents for carriers, read back by a parser: no text becomes markup (TEL-03, TEL-12, TEL-13, TEL-21, TEL-23)."""

from __future__ import annotations

import json
from xml.etree.ElementTree import Element, fromstring

import pytest

from telephony.carriers import CARRIERS, carrier_named
from telephony.carriers.base import AnswerDocument, Dial, WebhookRequest
from telephony.carriers.errors import CarrierCannot
from telephony.carriers.markup import clean, locale_of

NEXT = "https://v.example/telephony/main/next/7"
STREAM = "wss://voice.example/telephony/stream/x/T0k3n_-"
NASTY = [
    "</Say><Dial>+1900</Dial>", '" onload="x', "]]>", "<!ENTITY x SYSTEM 'file:///etc/passwd'>&x;", "&lt;&amp;",
    "a\x00b", "\ud800", "\ufffe", "漢字 🙂", "'", "<?xml?>", "\x0b\x1f", "-->", "%3C",
]  # fmt: skip
XML = ("twilio", "telnyx", "plivo")


def root_of(document: AnswerDocument) -> Element:
    assert document.content_type == "application/xml"
    body = document.body
    body.encode()
    root = fromstring(body.partition("?>")[2])  # noqa: S314 (our own document)
    assert root.tag == "Response"
    return root


def tags(root: Element) -> list[str]:
    return [element.tag for element in root.iter()]


def test_twilio_connects_with_a_socket_and_waits_a_little_behind_it() -> None:
    """TEL-03: ``Connect`` with ``Stream``, own values as ``Parameter``, then ``Pause`` of 40 s, then the end."""
    root = root_of(carrier_named("twilio").stream_document(STREAM, {"order": "17"}))
    assert tags(root) == ["Response", "Connect", "Stream", "Parameter", "Pause", "Hangup"]
    stream = root.find("Connect/Stream")
    assert stream is not None
    assert stream.attrib == {"url": STREAM}
    assert [element.attrib for element in stream] == [{"name": "order", "value": "17"}]
    assert root[1].attrib == {"length": "40"}


def test_telnyx_streams_both_ways_in_one_codec() -> None:
    """TEL-13, CONF-08."""
    root = root_of(carrier_named("telnyx").stream_document(STREAM, {}))
    assert tags(root) == ["Response", "Connect", "Stream", "Hangup"]
    assert root[0][0].attrib == {
        "url": STREAM, "track": "inbound_track", "codec": "PCMU", "bidirectionalMode": "rtp",
        "bidirectionalCodec": "PCMU",
    }  # fmt: skip


def test_plivo_s_stream_stands_alone_with_its_address_as_text() -> None:
    """TEL-12."""
    root = root_of(carrier_named("plivo").stream_document(STREAM, {"order no": "a;b=c", "ß": "x"}))
    assert tags(root) == ["Response", "Stream"]
    assert root[0].text == STREAM
    assert root[0].attrib == {
        "bidirectional": "true", "keepCallAlive": "true", "contentType": "audio/x-mulaw;rate=8000",
        "extraHeaders": "orderno=a%3Bb%3Dc",
    }  # fmt: skip


def test_exotel_is_told_an_address_in_json() -> None:
    """Services 11: the Voicebot applet takes three values of 256 characters together."""
    exotel = carrier_named("exotel")
    document = exotel.stream_document(STREAM, {})
    assert document.content_type == "application/json"
    assert json.loads(document.body) == {"url": STREAM}
    four = {"a": "1", "b": "2", "c": "&", "d": "4"}
    assert json.loads(exotel.stream_document(STREAM, four).body) == {"url": f"{STREAM}?a=1&b=2&c=%26"}
    assert json.loads(exotel.stream_document(STREAM, {"a": "x" * 300}).body) == {"url": STREAM}


def test_exotel_says_what_to_do_where_it_cannot() -> None:
    exotel = carrier_named("exotel")
    assert json.loads(exotel.busy_document().body) == {"url": ""}
    assert exotel.message_document("Closed.", "en") == exotel.busy_document()
    with pytest.raises(CarrierCannot, match="numbers"):
        exotel.dial_document(Dial("sip:desk@pbx.example", "", NEXT))
    for cannot in (exotel.wait_document, exotel.brief_document, exotel.accept_document):
        arguments = {"wait_document": (1, NEXT), "brief_document": ("x", "en", NEXT)}.get(cannot.__name__, ())
        with pytest.raises(CarrierCannot):
            cannot(*arguments, **({"accepted": True} if not arguments else {}))


def test_exotels_connect_applet_is_told_whom_to_dial_and_what_to_say() -> None:
    exotel = carrier_named("exotel")
    told = json.loads(exotel.dial_document(Dial("+912212345678", "+918047491899", NEXT, limit_s=600, brief="Hi.")).body)
    assert told["destination"] == {"numbers": ["+912212345678"]}
    assert (told["outgoing_phone_number"], told["max_conversation_duration"]) == ("+918047491899", 600)
    assert told["start_call_playback"] == {"playback_to": "callee", "type": "text", "value": "Hi."}
    assert json.loads(exotel.over_document().body)["destination"] == {"numbers": []}


@pytest.mark.parametrize("carrier", XML)
@pytest.mark.parametrize("text", NASTY)
def test_no_text_becomes_markup(carrier: str, text: str) -> None:
    made = carrier_named(carrier)
    said = root_of(made.message_document(text, text))
    assert len(tags(said)) == 3
    assert (said[0].text or "") == clean(text).replace("\r", "\n")
    dialled = root_of(made.dial_document(Dial(text, text, text, brief_url=text)))
    assert tags(dialled)[:2] == ["Response", "Dial"]
    assert len(tags(dialled)) == 3
    assert set(tags(root_of(made.stream_document(text, {text: text})))) <= {
        "Response", "Connect", "Stream", "Parameter", "Pause", "Hangup",
    }  # fmt: skip
    assert len(tags(root_of(made.wait_document(5, text)))) == 3
    assert set(tags(root_of(made.brief_document(text, text, text)))) <= {"Response", "Gather", "Say", "Speak", "Hangup"}


@pytest.mark.parametrize("carrier", XML)
def test_a_message_is_short_and_ends_the_call(carrier: str) -> None:
    root = root_of(carrier_named(carrier).message_document("x" * 9000, "de"))
    assert root[0].tag == ("Speak" if carrier == "plivo" else "Say")
    assert root[0].attrib["language"] == "de-DE"
    assert len(root[0].text or "") == 500
    assert root[1].tag == "Hangup"
    assert "language" not in root_of(carrier_named(carrier).message_document("x", "tlh"))[0].attrib


@pytest.mark.parametrize(("carrier", "tag"), [("twilio", "Reject"), ("telnyx", "Reject"), ("plivo", "Hangup")])
def test_a_refusal_is_a_busy_tone_and_the_first_thing_said(carrier: str, tag: str) -> None:
    root = root_of(carrier_named(carrier).busy_document())
    assert [(element.tag, element.attrib) for element in root] == [(tag, {"reason": "busy"})]


def test_telnyx_is_told_no_limit_that_it_does_not_take() -> None:
    """From a minute up ("TeXML Dial", timeLimit): a shorter limit would be none."""
    made = carrier_named("telnyx")
    limits = [root_of(made.dial_document(Dial("+4930123456", "", NEXT, limit_s=given)))[0] for given in (55, 595)]
    assert [dial.attrib["timeLimit"] for dial in limits] == ["60", "595"]


@pytest.mark.parametrize("carrier", XML)
def test_a_number_and_a_sip_address_are_dialled(carrier: str) -> None:
    """TEL-23: what comes after is asked at our address."""
    made = carrier_named(carrier)
    root = root_of(
        made.dial_document(Dial("+4930123456", "+43720123456", "https://v.example/n?a=1&b=2", ring_s=25, limit_s=600))
    )
    dial = root[0]
    plus = "" if carrier == "plivo" else "+"
    assert (dial.attrib["callerId"], dial.attrib["timeout"]) == (f"{plus}43720123456", "25")
    assert dial.attrib["timeLimit"] == "600"
    assert (dial.attrib["action"], dial.attrib["method"]) == ("https://v.example/n?a=1&b=2", "POST")
    assert [(element.tag, element.text) for element in dial] == [("Number", f"{plus}4930123456")]
    sip = root_of(made.dial_document(Dial("sip:desk@pbx.example", "", NEXT)))
    assert (sip[0][0].tag, sip[0][0].text) == ("User" if carrier == "plivo" else "Sip", "sip:desk@pbx.example")


@pytest.mark.parametrize("carrier", XML)
def test_who_waits_hears_nothing_and_we_are_asked_again(carrier: str) -> None:
    """TEL-21: a silence is a short one."""
    quiet = root_of(carrier_named(carrier).wait_document(2, NEXT))
    assert [element.tag for element in quiet] == ["Wait" if carrier == "plivo" else "Pause", "Redirect"]
    assert (quiet[0].attrib["length"], quiet[1].text) == ("2", NEXT)


@pytest.mark.parametrize("carrier", XML)
def test_a_person_hears_a_brief_and_takes_the_call_with_a_key(carrier: str) -> None:
    """Issue part 5: a warm transfer; the carrier asks before it connects the two."""
    made = carrier_named(carrier)
    dial = root_of(made.dial_document(Dial("+4930123456", "+43720123456", NEXT, brief_url="https://v.example/b")))[0]
    brief = root_of(made.brief_document("Anna is on the line. Press 1.", "de", "https://v.example/b"))
    if carrier == "plivo":
        assert (dial.attrib["confirmSound"], dial.attrib["confirmKey"]) == ("https://v.example/b", "1")
        assert [(element.tag, element.text) for element in brief] == [("Speak", "Anna is on the line. Press 1.")]
    else:
        assert dial[0].attrib == {"url": "https://v.example/b", "method": "POST"}
        assert [element.tag for element in brief] == ["Gather", "Hangup"]
        assert (brief[0].attrib["numDigits"], brief[0].attrib["action"]) == ("1", "https://v.example/b")
        assert brief[0][0].text == "Anna is on the line. Press 1."
    assert list(root_of(made.accept_document(accepted=True))) == []
    assert [element.tag for element in root_of(made.accept_document(accepted=False))] == ["Hangup"]
    assert [element.tag for element in root_of(made.over_document())] == ["Hangup"]


@pytest.mark.parametrize(
    ("carrier", "form", "status"),
    [
        ("twilio", {"DialCallStatus": "completed", "DialBridged": "true", "DialCallDuration": "12"}, "completed"),
        ("twilio", {"DialCallStatus": "completed", "DialBridged": "false"}, "no_answer"),
        ("telnyx", {"DialCallStatus": "busy"}, "busy"),
        ("telnyx", {"DialCallStatus": "answered"}, "completed"),
        ("plivo", {"DialStatus": "completed", "DialBLegDuration": "12"}, "completed"),
        ("plivo", {"DialStatus": "timeout"}, "no_answer"),
    ],
)
def test_how_a_dialled_call_ended_is_read(carrier: str, form: dict[str, str], status: str) -> None:
    made = carrier_named(carrier)
    fields = {name: [value] for name, value in form.items()}
    request = WebhookRequest("POST", NEXT, {}, b"", form=fields)
    dialled = made.read_dialled(request)
    assert dialled is not None
    assert (dialled.status, dialled.duration_s) == (status, 12.0 if "12" in form.values() else None)
    assert made.read_dialled(WebhookRequest("POST", NEXT, {}, b"", form={"CallStatus": ["in-progress"]})) is None


@pytest.mark.parametrize(
    ("language", "locale"),
    [
        ("de", "de-DE"),
        ("de_at", "de-AT"),
        ("EN-gb", "en-GB"),
        ("", ""),
        ("x", ""),
        ("de-1996", "de-DE"),
        ("123-45", ""),
    ],
)
def test_languages_are_named_as_carriers_name_them(language: str, locale: str) -> None:
    assert locale_of(language) == locale


@pytest.mark.parametrize("carrier", CARRIERS)
def test_every_carrier_says_who_it_is(carrier: str) -> None:
    """TEL-01: four carriers, one shape; the secrets' names are those its checks read."""
    made = carrier_named(carrier)
    assert made.name == carrier
    assert made.label
    assert made.signs_webhooks is (carrier != "exotel")
    assert made.marks
    assert all(field.name and field.label and field.help for field in made.fields)
    assert made.new_serializer() is not made.new_serializer()


def test_a_carrier_that_is_not_listed_is_none() -> None:
    with pytest.raises(KeyError):
        carrier_named("errors")

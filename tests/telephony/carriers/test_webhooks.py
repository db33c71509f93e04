"""What carriers tell of calls (lessons T17; reliability T9): every documented word, and none that is not."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import urlencode

import pytest

from telephony.carriers import CARRIERS, carrier_named
from telephony.carriers.base import StatusReport, WebhookRequest
from telephony.carriers.errors import WebhookMalformed
from telephony.carriers.exotel import webhooks as exotel
from telephony.carriers.plivo import webhooks as plivo
from telephony.carriers.progress import ANSWERED_BY, STATUSES
from telephony.models.carrier import AnsweredBy, LegStatus

from .requests import FORM

TABLES = {"twilio": STATUSES, "telnyx": STATUSES, "plivo": plivo.STATUSES, "exotel": exotel.STATUSES}
DOCUMENTED = {
    "twilio": "queued initiated ringing in-progress completed busy failed no-answer canceled",
    "telnyx": "initiated ringing in-progress completed no-answer busy failed canceled",
    "plivo": "ringing in-progress completed busy failed timeout no-answer cancel",
    "exotel": "queued ringing in-progress completed busy failed no-answer canceled",
}
ID_OF = {"twilio": "CallSid", "telnyx": "CallSid", "plivo": "CallUUID", "exotel": "CallSid"}
STATUS_OF = {"twilio": "CallStatus", "telnyx": "CallStatus", "plivo": "CallStatus", "exotel": "Status"}


def told(fields: dict[str, str], method: str = "POST") -> WebhookRequest:
    form = {name: [value] for name, value in fields.items()}
    is_post = method == "POST"
    body = urlencode(fields).encode() if is_post else b""
    return WebhookRequest(
        method, "https://v.example/s", {"content-type": FORM}, body, form if is_post else {}, {} if is_post else form
    )  # fmt: skip


def status_of(carrier: str, **fields: str) -> StatusReport | None:
    return carrier_named(carrier).read_status(told({ID_OF[carrier]: "C1", **fields}))


@pytest.mark.parametrize("carrier", CARRIERS)
def test_every_documented_status_is_known(carrier: str) -> None:
    """Reliability T9: mapped to the whole catalogue, in any case of letters."""
    table = TABLES[carrier]
    assert set(DOCUMENTED[carrier].split()) <= set(table)
    assert set(table.values()) == set(LegStatus) - {LegStatus.CREATED, LegStatus.REFUSED}
    for word, status in table.items():
        for spelling in (word, word.upper()):
            report = status_of(carrier, **{STATUS_OF[carrier]: spelling})
            assert report is not None
            assert (report.carrier_call_id, report.status) == ("C1", status)


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("word", ["done", "in progress", "completed!", "0", "none"])
def test_an_unknown_status_is_refused_and_not_guessed(carrier: str, word: str) -> None:
    with pytest.raises(WebhookMalformed) as caught:
        status_of(carrier, **{STATUS_OF[carrier]: word})
    assert caught.value.code == "webhook.malformed"


@pytest.mark.parametrize("carrier", CARRIERS)
def test_a_message_without_a_state_says_nothing(carrier: str) -> None:
    assert status_of(carrier, RecordingUrl="https://x.example") is None


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("call", ["", " ", "a b", "x" * 121, "<b>", "a\x00"])
def test_a_message_that_names_no_call_is_refused(carrier: str, call: str) -> None:
    """Reliability T9."""
    fields = {ID_OF[carrier]: call, STATUS_OF[carrier]: "completed"}
    with pytest.raises(WebhookMalformed):
        carrier_named(carrier).read_status(told(fields))
    with pytest.raises(WebhookMalformed):
        carrier_named(carrier).read_call(told(fields))


def test_a_callback_of_twilio_tells_everything() -> None:
    """TEL-04, TEL-07; Twilio's "StatusCallback"."""
    report = status_of(
        "twilio", CallStatus="completed", SequenceNumber="3", Timestamp="Mon, 15 Jan 2024 10:30:00 +0000",
        CallDuration="45", AnsweredBy="machine_start", SipResponseCode="487", Price="-0.0085", PriceUnit="usd",
    )  # fmt: skip
    assert report == StatusReport(
        "C1", LegStatus.COMPLETED, 3, datetime(2024, 1, 15, 10, 30, tzinfo=UTC), 45.0, AnsweredBy.MACHINE, "487",
        Decimal("0.0085"), "USD",
    )  # fmt: skip


@pytest.mark.parametrize("carrier", ["twilio", "telnyx"])
def test_what_a_machine_detection_found_comes_without_a_state(carrier: str) -> None:
    """Lessons T17: ``AsyncAmdStatusCallback``; the call was answered then."""
    for word, who in ANSWERED_BY.items():
        report = status_of(carrier, AnsweredBy=word, MachineDetectionDuration="2000")
        assert report == StatusReport("C1", LegStatus.ANSWERED, answered_by=who)
    assert status_of(carrier, AnsweredBy="martian") is None


def test_a_callback_of_telnyx_tells_why_a_call_ended() -> None:
    """TEL-13; Telnyx's "TeXML Call Completed"."""
    report = status_of(
        "telnyx", CallStatus="completed", SequenceNumber="0", Timestamp="2024-01-15T10:30:00Z", CallDuration="45",
        HangupCause="normal_clearing", HangupSource="caller",
    )  # fmt: skip
    assert report == StatusReport(
        "C1", LegStatus.COMPLETED, 0, datetime(2024, 1, 15, 10, 30, tzinfo=UTC), 45.0, None, "normal_clearing"
    )


def test_telnyx_reads_nothing_from_an_address_that_is_not_signed() -> None:
    request = told({"CallSid": "C1", "CallStatus": "completed", "custom_x": "1"}, "GET")
    assert carrier_named("telnyx").read_status(request) is None
    with pytest.raises(WebhookMalformed):
        carrier_named("telnyx").read_call(request)


def test_a_callback_of_plivo_tells_the_end_and_its_price() -> None:
    """TEL-12; Plivo's "Hangup URL"."""
    report = status_of(
        "plivo", CallStatus="completed", Event="Hangup", EndTime="2024-01-15 10:30:00", Duration="45",
        BillDuration="60", TotalCost="0.00850", HangupCauseCode="4000", HangupCauseName="Normal Hangup",
    )  # fmt: skip
    assert report == StatusReport(
        "C1", LegStatus.COMPLETED, None, datetime(2024, 1, 15, 10, 30, tzinfo=UTC), 45.0, None, "4000",
        Decimal("0.00850"), "USD",
    )  # fmt: skip


def test_plivo_tells_of_machines_and_of_streams() -> None:
    """Lessons T17; Plivo's "Asynchronous machine detection"; a stream that fails is not a call that fails."""
    report = status_of("plivo", CallStatus="in-progress", Event="MachineDetection", Machine="true")
    assert report is not None
    assert (report.status, report.answered_by) == (LegStatus.ANSWERED, AnsweredBy.MACHINE)
    assert status_of("plivo", Event="failed", StreamID="s", CallStatus="failed") is None
    assert status_of("plivo", Event="StopStream", CallStatus="completed") is None


def test_a_call_that_plivo_placed_is_known_by_its_request() -> None:
    fields = {"CallUUID": "leg", "RequestUUID": "request", "Direction": "outbound", "CallStatus": "ringing"}
    report = carrier_named("plivo").read_status(told(fields))
    assert report is not None
    assert report.carrier_call_id == "request"
    assert carrier_named("plivo").read_call(told({**fields, "Direction": "inbound"})).carrier_call_id == "leg"


@pytest.mark.parametrize("carrier", ["twilio", "telnyx", "plivo"])
def test_a_voice_webhook_is_read(carrier: str) -> None:
    """TEL-04: numbers without their plus get one, hidden callers are nobody."""
    own = "X-PH-Order" if carrier == "plivo" else "SipHeader_X-Order"
    fields = {
        ID_OF[carrier]: "C1", "From": "4930123456", "To": "+43720123456", "Direction": "inbound",
        "CallerName": "A" * 200, own: "17", "custom_Deal": "x" * 300,
    }  # fmt: skip
    call = carrier_named(carrier).read_call(told(fields))
    assert (call.carrier_call_id, call.from_number, call.to_number) == ("C1", "+4930123456", "+43720123456")
    assert (call.outbound, call.caller_name) == (False, "A" * 80)
    assert call.custom == {"order": "17", "deal": "x" * 256}
    hidden = carrier_named(carrier).read_call(told({**fields, "From": "anonymous", "Direction": "outbound"}))
    assert (hidden.from_number, hidden.outbound) == ("", True)


def test_no_more_than_sixteen_values_come_with_a_call() -> None:
    many = {f"custom_{number}": "v" for number in range(90)}
    assert len(carrier_named("twilio").read_call(told({"CallSid": "C1", **many})).custom) == 16


@pytest.mark.parametrize("carrier", ["twilio", "plivo", "exotel"])
def test_a_carrier_may_ask_with_get(carrier: str) -> None:
    """TEL-04; the Voicebot applet always does."""
    fields = {ID_OF[carrier]: "C1", "From": "+4930123456", "To": "+43720123456", "key": "secret"}
    call = carrier_named(carrier).read_call(told(fields, "GET"))
    assert (call.carrier_call_id, call.to_number, call.custom) == ("C1", "+43720123456", {})


@pytest.mark.parametrize(
    ("text", "number"),
    [("08047491899", "+918047491899"), ("9876543210", "+919876543210"), ("+6531234567", "+6531234567"), ("", "")],
)
def test_exotel_s_national_numbers_are_india_s(text: str, number: str) -> None:
    call = carrier_named("exotel").read_call(told({"CallSid": "C1", "CallFrom": text, "CallTo": text}, "GET"))
    assert (call.from_number, call.to_number) == (number, number)


def test_exotel_s_applet_tells_the_direction_and_the_own_field() -> None:
    fields = {"CallSid": "C1", "Direction": "outbound-dial", "CustomField": "order 17"}
    call = carrier_named("exotel").read_call(told(fields, "GET"))
    assert (call.outbound, call.custom) == (True, {"custom_field": "order 17"})


def in_parts(fields: dict[str, str]) -> tuple[str, bytes]:
    parts = [
        f'--XX\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
    ]
    return "multipart/form-data; boundary=XX", ("".join(parts) + "--XX--\r\n").encode()


@pytest.mark.parametrize("kind", ["json", "parts", "form"])
def test_exotel_s_callbacks_are_read_in_each_of_their_forms(kind: str) -> None:
    """Exotel's "StatusCallback": JSON where asked for, a form in parts otherwise."""
    fields = {"CallSid": "C1", "Status": "completed", "EventType": "terminal", "ConversationDuration": "25"}
    if kind == "form":
        request = told(fields)
    else:
        content_type, body = in_parts(fields) if kind == "parts" else ("application/json", json.dumps(fields).encode())
        request = WebhookRequest("POST", "https://v.example/s", {"content-type": content_type}, body)
    report = carrier_named("exotel").read_status(request)
    assert report == StatusReport("C1", LegStatus.COMPLETED, duration_s=25.0)


def test_exotel_tells_that_somebody_answered() -> None:
    report = status_of("exotel", EventType="answered", Status="in-progress")
    assert report == StatusReport("C1", LegStatus.ANSWERED)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b"{"), ("application/json", b"[]"), ("application/json", b"[" * 100_000),
        ("text/plain", b"x"), ("multipart/form-data", b"x"), ("multipart/form-data; boundary=X", b"no"),
        ("multipart/form-data; boundary=X", b'--X\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xff\r\n--X--'),
        ("multipart/form-data; boundary=\xe4", b"--\xe4"), ("multipart/form-data; boundary=X\r\nA: b", b"--X"),
    ],
)  # fmt: skip
def test_a_callback_that_cannot_be_read_is_refused(content_type: str, body: bytes) -> None:
    request = WebhookRequest("POST", "https://v.example/s", {"content-type": content_type}, body)
    with pytest.raises(WebhookMalformed):
        carrier_named("exotel").read_status(request)

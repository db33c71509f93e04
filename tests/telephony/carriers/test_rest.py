"""Failures of a carrier's interface: each has a code, none tells a secret or a number (reliability A11, S14)."""

from __future__ import annotations

import asyncio
import logging
from decimal import Decimal
from typing import Any

import httpx
import pytest

from bots.engine.tools.egress.client import EgressClient
from bots.engine.tools.egress.errors import EgressRefused, EgressTimeout, EgressTooLarge, EgressUnreachable
from telephony.carriers import CARRIERS, carrier_named
from telephony.carriers.base import CarrierAPI, Placement
from telephony.carriers.errors import CarrierCannot, CarrierError, CarrierKeysWrong
from telephony.carriers.exotel.api import ExotelAPI
from telephony.carriers.plivo.api import PlivoAPI
from telephony.carriers.reading import moment_in, money_in, number_in, seconds_in
from telephony.carriers.rest import Rest, base_address, basic, client_for
from telephony.carriers.telnyx.api import TelnyxAPI
from telephony.carriers.twilio.api import TwilioAPI

from .network import Network, account
from .requests import CANARY

APIS: dict[str, Any] = {"twilio": TwilioAPI, "telnyx": TelnyxAPI, "plivo": PlivoAPI, "exotel": ExotelAPI}
NUMBER = "+491701234567"
PLACEMENT = Placement("+4930123456", NUMBER, "https://v.example/a", "https://v.example/s")
FAILURES: list[tuple[int, Any, str, bool]] = [
    (400, {"code": 21211, "message": f"bad {NUMBER}"}, "carrier.refused", False),
    (401, {"code": 20003, "message": f"no {CANARY}"}, "carrier.keys", False),
    (401, b"<html>no</html>", "carrier.keys", False),
    (403, {}, "carrier.keys", False),
    (403, {"errors": [{"code": "10010", "detail": NUMBER}]}, "carrier.refused", False),
    (404, {"error": "not found"}, "carrier.not_there", False),
    (409, {"code": 1}, "carrier.refused", False),
    (422, {"errors": [{"code": "10015"}]}, "carrier.refused", False),
    (429, {}, "carrier.busy", True),
    (500, b"oops", "carrier.unreachable", True),
    (503, {}, "carrier.unreachable", True),
    (200, b"<xml/>", "carrier.failed", False),
    (200, [], "carrier.failed", False),
    (200, b"[" * 100_000, "carrier.failed", False),
    (200, b"\xff\xfe", "carrier.failed", False),
]


class Anywhere(Network):
    """The same answer wherever one asks."""

    def __init__(self, answer: Any) -> None:
        super().__init__({})
        self.answers = _Same(answer)  # type: ignore[assignment]


class _Same(dict[str, Any]):
    def __init__(self, answer: Any) -> None:
        super().__init__()
        self._answer = answer

    def __getitem__(self, key: str) -> Any:
        return self._answer


def api(carrier: str, network: Network) -> CarrierAPI:
    made: CarrierAPI = APIS[carrier](account(application_id="APP", flow_id="7"), network)
    return made


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize(("status", "body", "code", "may_pass"), FAILURES)
async def test_every_failure_has_a_code_and_no_secret(
    carrier: str, status: int, body: Any, code: str, may_pass: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """Reliability S14: placing a call fails with a code; the number and the keys are in no text and no log."""
    caplog.set_level(logging.DEBUG)
    network = Anywhere((status, body))
    with pytest.raises(CarrierError) as caught:
        await api(carrier, network).place_call(PLACEMENT)
    assert caught.value.code == code
    assert caught.value.retryable is may_pass
    told = f"{caught.value!r} {caught.value.as_data()} {caught.value.__cause__!r} {caplog.text}"
    assert CANARY not in told
    assert NUMBER.lstrip("+") not in told
    assert len(network.asked) == 1


@pytest.mark.parametrize("carrier", CARRIERS)
async def test_reads_are_tried_twice_where_the_failure_may_pass_and_writes_once(carrier: str) -> None:
    timeout = EgressTimeout("late", retryable=True)
    network = Anywhere(timeout)
    with pytest.raises(CarrierError) as caught:
        await api(carrier, network).check()
    assert caught.value.code == "carrier.unreachable"
    assert len(network.asked) == 2
    network = Anywhere(timeout)
    with pytest.raises(CarrierError):
        await api(carrier, network).place_call(PLACEMENT)
    assert len(network.asked) == 1


async def test_a_read_that_succeeds_the_second_time_succeeds() -> None:
    network = Network({"GET /x": [(500, {}), (200, {"a": 1})]})
    assert await Rest("https://carrier.example", "k", sender=network).get("/x") == {"a": 1}


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (EgressTooLarge("big"), "carrier.failed"), (EgressRefused("no"), "carrier.failed"),
        (EgressUnreachable("nowhere"), "carrier.unreachable"),
    ],
)  # fmt: skip
async def test_what_the_way_out_refuses_is_told_with_a_code(error: Exception, code: str) -> None:
    network = Anywhere(error)
    with pytest.raises(CarrierError) as caught:
        await api("twilio", network).check()
    assert caught.value.code == code
    assert len(network.asked) == 1


async def test_a_carrier_that_does_not_answer_is_left_after_five_seconds() -> None:
    """Reliability A11: the limit is the way out's own, and the carrier's code reaches us."""

    async def late(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("late", request=request)

    async def resolve(host: str, port: int) -> list[str]:
        await asyncio.sleep(0)
        return ["93.184.216.34"]

    sender = EgressClient(resolver=resolve, transport=httpx.MockTransport(late))
    with pytest.raises(CarrierError) as caught:
        await TwilioAPI(account(), sender).hang_up("CA1")
    assert caught.value.code == "carrier.unreachable"
    await sender.aclose()


async def reaches(base: str, port: int) -> bool:
    try:
        await client_for(base).guard.addresses("http", "127.0.0.1", port)
    except EgressRefused:
        return False
    return True


async def test_only_the_configured_emulator_is_reached_inside_a_network(settings: Any) -> None:
    """Reliability S3: no other port of it, and without an emulator nothing at all."""
    settings.VOICE = {**settings.VOICE, "CARRIER_EMULATOR": "http://127.0.0.1:8199"}
    for name in CARRIERS:
        assert base_address(name, "https://api.example") == f"http://127.0.0.1:8199/{name}"
    assert await reaches("http://127.0.0.1:8199/twilio", 8199)
    assert not await reaches("http://127.0.0.1:8199/twilio", 8200)
    assert not await reaches("https://api.twilio.com", 8199)
    settings.VOICE = {**settings.VOICE, "CARRIER_EMULATOR": ""}
    assert base_address("twilio", "https://api.twilio.com") == "https://api.twilio.com"
    assert not await reaches("http://127.0.0.1:8199/twilio", 8199)


@pytest.mark.parametrize("region", ["evil.example/", "a@b", "a/b", "a#", "..", "x.y.z", "a b", "A" * 31, "é"])
@pytest.mark.parametrize("carrier", ["twilio", "exotel"])
def test_a_region_cannot_lead_the_keys_elsewhere(carrier: str, region: str) -> None:
    """Reliability S14."""
    from dataclasses import replace

    with pytest.raises(CarrierCannot):
        APIS[carrier](replace(account(), region=region))


@pytest.mark.parametrize(
    ("carrier", "region", "host"),
    [
        ("twilio", "", "api.twilio.com"), ("twilio", "ie1", "api.ie1.twilio.com"),
        ("twilio", "dublin.ie1", "api.dublin.ie1.twilio.com"), ("exotel", "", "api.exotel.com"),
        ("exotel", "in", "api.in.exotel.com"), ("exotel", "api.in.exotel.com", "api.in.exotel.com"),
        ("exotel", "api.exotel.com", "api.exotel.com"),
    ],
)  # fmt: skip
async def test_a_region_has_its_own_host(carrier: str, region: str, host: str) -> None:
    from dataclasses import replace

    network = Anywhere((200, {}))
    await APIS[carrier](replace(account(), region=region), network).check()
    assert network.last().host == host


@pytest.mark.parametrize("carrier", CARRIERS)
async def test_keys_go_into_the_header_and_nowhere_else(carrier: str) -> None:
    """Reliability S14: no request has a secret in its address."""
    network = Anywhere((200, {"sid": "1", "request_uuid": "1", "Call": {"Sid": "1"}, "data": {}}))
    made = api(carrier, network)
    await made.check()
    await made.place_call(PLACEMENT)
    await made.aclose()
    assert network.closed
    for asked in network.asked:
        expected = f"Bearer {CANARY}" if carrier == "telnyx" else basic(
            CANARY if carrier == "exotel" else "AC1", CANARY
        )  # fmt: skip
        assert asked.headers["Authorization"] == expected
        assert CANARY not in f"{asked.path}{asked.query}{asked.fields}"
    assert CANARY not in repr(made) + repr(account()) + repr(carrier_named(carrier))


def test_wrong_keys_are_the_author_s_business() -> None:
    error = CarrierKeysWrong("The carrier does not know these keys.")
    assert (error.code, error.owner) == ("carrier.keys", "author")
    assert error.next_step


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("+4930123", "+4930123"), ("4930123", "+4930123"), ("+49 30-123", "+4930123"), ("sip:a@b", "sip:a@b"),
        ("", ""), ("anonymous", ""), ("Restricted", ""), ("+", ""), ("+12345678901234567", ""), ("٣٤٥٦", ""),
        ("client:alice", ""), ("+49;x", ""),
    ],
)  # fmt: skip
def test_numbers_are_international_or_nothing(text: str, found: str) -> None:
    assert number_in(text) == found


def test_what_cannot_be_read_is_nothing() -> None:
    assert (money_in("-0.0075"), money_in("x"), money_in("NaN"), money_in("")) == (Decimal("0.0075"), None, None, None)
    assert (seconds_in("12"), seconds_in("-1"), seconds_in("inf"), seconds_in("")) == (12.0, None, None, None)
    moments = {
        "2024-01-15T10:30:00Z", "2024-01-15 10:30:00", "2024-01-15 16:00:00+05:30", "Mon, 15 Jan 2024 10:30:00 +0000",
    }  # fmt: skip
    assert {str(moment_in(text)) for text in moments} == {"2024-01-15 10:30:00+00:00", "2024-01-15 16:00:00+05:30"}
    assert all(moment_in(text) is None for text in ("", "soon", "2024-99-01", "1", "Mon, 99 Jan"))

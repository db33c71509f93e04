"""What the carriers' interfaces are asked, and what their answers become (TEL-07, TEL-12, TEL-13, TEL-23)."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from telephony.carriers.base import OwnedNumber, Placement, StatusReport
from telephony.carriers.errors import CarrierCannot, CarrierError, CarrierRefused
from telephony.carriers.exotel.api import ExotelAPI
from telephony.carriers.plivo.api import PlivoAPI
from telephony.carriers.rest import MAX_PAGES
from telephony.carriers.telnyx.api import TelnyxAPI
from telephony.carriers.twilio.api import TwilioAPI
from telephony.models.carrier import AnsweredBy, LegStatus

from .network import Network, account

VOICE, STATUS, ANSWER = "https://v.example/voice", "https://v.example/status", "https://v.example/answer/1"
PLACEMENT = Placement("+4930123456", "+491701234567", ANSWER, STATUS, 25, 300, True)
TWILIO = "/2010-04-01/Accounts/AC1"
TEXML = "/v2/texml/Accounts/AC1/Calls"
PLIVO = "/v1/Account/AC1"
EXOTEL = "/v1/Accounts/AC1/Calls"


# -- Twilio ------------------------------------------------------------------------------------------------------------


async def test_twilio_lists_its_numbers_page_by_page() -> None:
    item = {
        "sid": "PN1", "phone_number": "+4930123456", "friendly_name": "Desk", "voice_url": VOICE,
        "status_callback": STATUS,
    }  # fmt: skip
    following = f"{TWILIO}/IncomingPhoneNumbers.json?PageSize=100&Page=1&PageToken=PA1"
    network = Network(
        {
            f"GET {TWILIO}/IncomingPhoneNumbers.json": [
                (200, {"incoming_phone_numbers": [item], "next_page_uri": following}),
                (200, {"incoming_phone_numbers": [{**item, "sid": "PN2"}, "nonsense"], "next_page_uri": None}),
            ]
        }
    )
    found = await TwilioAPI(account(), network).numbers()
    assert found[0] == OwnedNumber("+4930123456", "PN1", "Desk", VOICE, STATUS)
    assert [number.ref for number in found] == ["PN1", "PN2"]
    assert network.last().query == {"PageSize": ["100"], "Page": ["1"], "PageToken": ["PA1"]}


async def test_twilio_attaches_a_number_and_names_the_account() -> None:
    network = Network(
        {
            f"GET {TWILIO}.json": (200, {"friendly_name": "Shop"}),
            f"POST {TWILIO}/IncomingPhoneNumbers/PN1.json": (200, {}),
        }
    )
    api = TwilioAPI(account(), network)
    assert await api.check() == "Shop"
    await api.set_webhooks("PN1", VOICE, STATUS)
    assert network.last().fields == {
        "VoiceUrl": [VOICE], "VoiceMethod": ["POST"], "StatusCallback": [STATUS], "StatusCallbackMethod": ["POST"],
    }  # fmt: skip


async def test_twilio_places_a_call_and_tells_every_step_of_it() -> None:
    """Lessons T17: machines are looked for while the call goes on."""
    network = Network({f"POST {TWILIO}/Calls.json": (201, {"sid": "CA1", "status": "queued"})})
    assert await TwilioAPI(account(), network).place_call(PLACEMENT) == "CA1"
    fields = network.last().fields
    assert (fields["To"], fields["From"], fields["Url"]) == (["+491701234567"], ["+4930123456"], [ANSWER])
    assert fields["StatusCallbackEvent"] == ["initiated", "ringing", "answered", "completed"]
    assert (fields["Timeout"], fields["TimeLimit"], fields["AsyncAmd"]) == (["25"], ["300"], ["true"])
    assert fields["AsyncAmdStatusCallback"] == [STATUS]


async def test_twilio_tells_how_a_call_stands() -> None:
    answer = {
        "sid": "CA1", "status": "completed", "duration": "15", "answered_by": "human", "price": "-0.03000",
        "price_unit": "USD", "end_time": "Tue, 31 Aug 2010 20:36:44 +0000",
    }  # fmt: skip
    network = Network({f"GET {TWILIO}/Calls/CA1.json": [(200, answer), (200, {"status": "queued", "price": None})]})
    api = TwilioAPI(account(), network)
    assert await api.status("CA1") == StatusReport(
        "CA1", LegStatus.COMPLETED, None, datetime(2010, 8, 31, 20, 36, 44, tzinfo=UTC), 15.0, AnsweredBy.HUMAN, "",
        Decimal("0.03000"), "USD",
    )  # fmt: skip
    assert await api.status("CA1") == StatusReport("CA1", LegStatus.QUEUED)


async def test_twilio_hangs_up_and_moves_calls() -> None:
    """TEL-07, TEL-23: a call that is over already is no error, a refusal of another kind is one."""
    path = f"POST {TWILIO}/Calls/CA1.json"
    network = Network(
        {path: [(200, {}), (404, {"code": 20404}), (400, {"code": 21220}), (400, {"code": 21201}), (200, {})]}
    )
    api = TwilioAPI(account(), network)
    for _ in range(3):
        await api.hang_up("CA1")
        assert network.last().fields == {"Status": ["completed"]}
    with pytest.raises(CarrierRefused) as caught:
        await api.hang_up("CA1")
    assert caught.value.told == "21201"
    await api.redirect("CA1", VOICE)
    assert network.last().fields == {"Url": [VOICE], "Method": ["POST"]}


# -- Telnyx ------------------------------------------------------------------------------------------------------------


def applications(*items: dict[str, Any]) -> tuple[int, Any]:
    return 200, {"data": list(items), "meta": {"total_pages": 1}}


async def test_telnyx_lists_its_numbers_with_what_their_applications_ask() -> None:
    number = {"id": "17", "phone_number": "+4930123456", "connection_id": "A1", "customer_reference": "Desk"}
    network = Network(
        {
            "GET /v2/texml_applications": applications({"id": "A1", "voice_url": VOICE, "status_callback": STATUS}),
            "GET /v2/phone_numbers": [
                (200, {"data": [number], "meta": {"total_pages": 2}}),
                (200, {"data": [{**number, "id": "18", "connection_id": None}], "meta": {"total_pages": 2}}),
            ],
            "GET /v2/balance": (200, {"data": {"balance": "300.00", "currency": "USD"}}),
        }
    )
    api = TelnyxAPI(account(), network)
    assert await api.check() == "Telnyx USD"
    assert await api.numbers() == [
        OwnedNumber("+4930123456", "17", "Desk", VOICE, STATUS), OwnedNumber("+4930123456", "18", "Desk"),
    ]  # fmt: skip
    assert network.last().query == {"page[number]": ["2"], "page[size]": ["100"]}


async def test_telnyx_makes_one_application_and_moves_numbers_to_it() -> None:
    network = Network(
        {
            "GET /v2/texml_applications": [
                applications({"id": "A0", "friendly_name": "other"}),
                applications({"id": "A1", "friendly_name": "voiceapp-main"}),
            ],
            "POST /v2/texml_applications": (201, {"data": {"id": "A1"}}),
            "PATCH /v2/texml_applications/A1": (200, {}),
            "PATCH /v2/phone_numbers/17": (200, {}),
        }
    )
    api = TelnyxAPI(account(), network)
    for _ in range(2):
        await api.set_webhooks("17", VOICE, STATUS)
        assert network.last().fields == {"connection_id": "A1"}
    made, changed = network.asked[1], network.asked[4]
    assert (made.method, changed.method) == ("POST", "PATCH")
    assert made.fields == {**changed.fields, "friendly_name": "voiceapp-main"}
    assert changed.fields == {
        "voice_url": VOICE, "voice_method": "post", "status_callback": STATUS, "status_callback_method": "post",
    }  # fmt: skip


async def test_telnyx_uses_the_application_that_the_account_names() -> None:
    network = Network(
        {
            "PATCH /v2/texml_applications/OWN": (200, {}), "PATCH /v2/phone_numbers/17": (200, {}),
            f"POST {TEXML}": [(200, {"sid": "v3:x"}), (200, {"data": {"call_sid": "v3:y"}}), (200, {})],
        }
    )  # fmt: skip
    api = TelnyxAPI(account(application_id="OWN"), network)
    await api.set_webhooks("17", VOICE, STATUS)
    assert network.last().fields == {"connection_id": "OWN"}
    assert await api.place_call(PLACEMENT) == "v3:x"
    assert await api.place_call(PLACEMENT) == "v3:y"
    fields = network.last().fields
    assert (fields["ApplicationSid"], fields["Url"], fields["StatusCallback"]) == ("OWN", ANSWER, STATUS)
    assert (fields["Timeout"], fields["TimeLimit"], fields["AsyncAmd"]) == (25, 300, True)
    with pytest.raises(CarrierError, match="names no call"):
        await api.place_call(PLACEMENT)


async def test_telnyx_without_an_application_says_what_to_do() -> None:
    network = Network({"GET /v2/texml_applications": applications()})
    with pytest.raises(CarrierRefused, match="attach one of its numbers"):
        await TelnyxAPI(account(), network).place_call(PLACEMENT)


async def test_telnyx_hangs_up_moves_and_asks() -> None:
    """TEL-13, TEL-23: 90018 means that the call has ended already."""
    hang_up, call = "POST /v2/calls/v3%3Ax/actions/hangup", f"{TEXML}/v3%3Ax"
    over = (422, {"errors": [{"code": "90018", "title": "Call has already ended"}]})
    network = Network(
        {
            hang_up: [(200, {}), over, (404, {}), (422, {"errors": [{"code": "90015"}]})], f"POST {call}": (200, {}),
            f"GET {call}": (200, {"status": "in-progress", "answered_by": "machine", "duration": "3"}),
        }
    )  # fmt: skip
    api = TelnyxAPI(account(), network)
    for _ in range(3):
        await api.hang_up("v3:x")
    with pytest.raises(CarrierRefused):
        await api.hang_up("v3:x")
    await api.redirect("v3:x", VOICE)
    assert network.last().fields == {"Url": [VOICE], "Method": ["POST"]}
    assert await api.status("v3:x") == StatusReport(
        "v3:x", LegStatus.ANSWERED, duration_s=3.0, answered_by=AnsweredBy.MACHINE
    )


# -- Plivo -------------------------------------------------------------------------------------------------------------


async def test_plivo_lists_its_numbers_with_a_plus() -> None:
    application = {"resource_uri": f"{PLIVO}/Application/7/", "answer_url": VOICE, "hangup_url": STATUS}
    number = {"number": "18135401302", "alias": "Desk", "application": f"{PLIVO}/Application/7/"}
    network = Network(
        {
            f"GET {PLIVO}/": (200, {"name": "Sherlock Holmes", "auth_id": "AC1"}),
            f"GET {PLIVO}/Application/": (200, {"meta": {"next": None}, "objects": [application]}),
            f"GET {PLIVO}/Number/": [
                (200, {"meta": {"next": f"{PLIVO}/Number/?offset=20"}, "objects": [number]}),
                (200, {"meta": {"next": None}, "objects": [{"number": "14153661106", "application": None}]}),
            ],
        }
    )
    api = PlivoAPI(account(), network)
    assert await api.check() == "Sherlock Holmes"
    assert await api.numbers() == [
        OwnedNumber("+18135401302", "18135401302", "Desk", VOICE, STATUS), OwnedNumber("+14153661106", "14153661106"),
    ]  # fmt: skip
    assert network.last().query == {"limit": ["20"], "offset": ["20"]}


async def test_a_list_that_goes_on_and_on_is_not_taken_for_whole() -> None:
    """What stands on pages that were not read is not missing at the carrier."""
    pages = {"meta": {"next": "more", "total_pages": 10_000}, "objects": [], "data": []}
    plivo = Network({f"GET {PLIVO}/Application/": (200, pages)})
    telnyx = Network({"GET /v2/texml_applications": (200, pages)})
    twilio = Network({f"GET {TWILIO}/IncomingPhoneNumbers.json": (200, {"next_page_uri": "/x?Page=2"})})
    for made, network in ((PlivoAPI, plivo), (TelnyxAPI, telnyx), (TwilioAPI, twilio)):
        with pytest.raises(CarrierCannot, match="some of it was not read"):
            await made(account(), network).numbers()
        assert len(network.asked) == MAX_PAGES


async def test_plivo_makes_one_application_and_moves_numbers_to_it() -> None:
    own = {"app_name": "voiceapp-main", "app_id": "7"}
    network = Network(
        {
            f"GET {PLIVO}/Application/": [(200, {"objects": []}), (200, {"objects": [own]})],
            f"POST {PLIVO}/Application/": (201, {"app_id": "7", "message": "created"}),
            f"POST {PLIVO}/Application/7/": (202, {}), f"POST {PLIVO}/Number/18135401302/": (202, {}),
        }
    )  # fmt: skip
    api = PlivoAPI(account(), network)
    for _ in range(2):
        await api.set_webhooks("18135401302", VOICE, STATUS)
        assert network.last().fields == {"app_id": "7"}
    assert network.asked[1].fields == {
        "app_name": "voiceapp-main", "answer_url": VOICE, "answer_method": "POST", "hangup_url": STATUS,
        "hangup_method": "POST",
    }  # fmt: skip
    assert network.asked[4].path == f"{PLIVO}/Application/7/"


async def test_plivo_places_a_call_whose_numbers_have_no_plus() -> None:
    network = Network({f"POST {PLIVO}/Call/": (201, {"message": "call fired", "request_uuid": "r1"})})
    assert await PlivoAPI(account(), network).place_call(PLACEMENT) == "r1"
    fields = network.last().fields
    assert (fields["from"], fields["to"], fields["answer_url"]) == ("4930123456", "491701234567", ANSWER)
    assert (fields["ring_url"], fields["hangup_url"], fields["machine_detection_url"]) == (STATUS, STATUS, STATUS)
    assert (fields["ring_timeout"], fields["time_limit"]) == (25, 300)


async def test_plivo_tells_how_a_running_call_stands_and_how_an_old_one_ended() -> None:
    path = f"GET {PLIVO}/Call/c1/"
    record = {
        "answer_time": "2024-01-15 10:29:15", "call_duration": 45, "end_time": "2024-01-15 10:30:00+00:00",
        "total_amount": "0.00850", "hangup_cause_code": 4000,
    }  # fmt: skip
    missed = {"answer_time": None, "call_duration": 0, "end_time": "2024-01-15 10:30:00", "hangup_cause_code": 3010}
    gone = (404, {"error": "not found"})
    network = Network(
        {path: [(200, {"call_status": "in-progress"}), gone, (200, record), gone, (200, missed), gone, (200, {})]}
    )
    api = PlivoAPI(account(), network)
    assert await api.status("c1") == StatusReport("c1", LegStatus.ANSWERED)
    assert network.last().query == {"status": ["live"]}
    ended = datetime(2024, 1, 15, 10, 30, tzinfo=UTC)
    assert await api.status("c1") == StatusReport(
        "c1", LegStatus.COMPLETED, None, ended, 45.0, None, "4000", Decimal("0.00850"), "USD"
    )
    assert await api.status("c1") == StatusReport("c1", LegStatus.BUSY, None, ended, 0.0, None, "3010")
    assert (await api.status("c1")).status == LegStatus.FAILED


async def test_plivo_hangs_up_also_what_has_not_rung_yet() -> None:
    """TEL-12, TEL-14: 404 means that the call is over, or not yet one."""
    call, request = f"DELETE {PLIVO}/Call/c1/", f"DELETE {PLIVO}/Request/c1/"
    network = Network(
        {call: [(204, b""), (404, {})], request: [(204, b""), (404, {})], f"POST {PLIVO}/Call/c1/": (202, {})}
    )
    api = PlivoAPI(account(), network)
    for count in (1, 3, 5):
        await api.hang_up("c1")
        assert len(network.asked) == count
    await api.redirect("c1", VOICE)
    assert network.last().fields == {"legs": "aleg", "aleg_url": VOICE, "aleg_method": "POST"}


# -- Exotel ------------------------------------------------------------------------------------------------------------


async def test_exotel_lists_its_numbers_and_proves_its_keys() -> None:
    item = {
        "sid": "e1",
        "phone_number": "+918047491899",
        "friendly_name": "Desk",
        "voice_url": "https://my.exotel.com/f",
    }
    network = Network(
        {
            f"GET {EXOTEL}.json": (200, {"Calls": []}),
            "GET /v2_beta/Accounts/AC1/IncomingPhoneNumbers": (200, {"incoming_phone_numbers": [item]}),
        }
    )
    api = ExotelAPI(account(), network)
    assert await api.check() == "AC1"
    assert await api.numbers() == [OwnedNumber("+918047491899", "e1", "Desk", "https://my.exotel.com/f")]


async def test_exotel_calls_through_a_flow_and_has_its_callbacks_in_json() -> None:
    network = Network({f"POST {EXOTEL}/connect.json": (200, {"Call": {"Sid": "x1", "Status": "in-progress"}})})
    assert await ExotelAPI(account(flow_id="926"), network).place_call(PLACEMENT) == "x1"
    fields = network.last().fields
    assert (fields["From"], fields["CallerId"]) == (["+491701234567"], ["+4930123456"])
    assert fields["Url"] == ["http://my.exotel.com/AC1/exoml/start_voice/926"]
    assert fields["StatusCallbackContentType"] == ["application/json"]
    assert (fields["StatusCallbackEvents[0]"], fields["StatusCallbackEvents[1]"]) == (["terminal"], ["answered"])
    with pytest.raises(CarrierCannot, match="flow"):
        await ExotelAPI(account(), network).place_call(PLACEMENT)


async def test_exotel_tells_how_a_call_stands_and_says_what_it_cannot() -> None:
    """Services 11: no hang-up; the flow ends a call whose socket closed."""
    call = {"Sid": "x1", "Status": "completed", "Duration": "15", "Price": "1.500000", "AnsweredBy": "human"}
    network = Network({f"GET {EXOTEL}/x1.json": [(200, {"Call": call}), (200, {"Call": {"Status": "strange"}})]})
    api = ExotelAPI(account(), network)
    assert await api.status("x1") == StatusReport(
        "x1", LegStatus.COMPLETED, duration_s=15.0, answered_by=AnsweredBy.HUMAN, cost=Decimal("1.500000")
    )
    with pytest.raises(CarrierError) as caught:
        await api.status("x1")
    assert caught.value.code == "carrier.failed"
    await api.hang_up("x1")
    assert len(network.asked) == 2
    with pytest.raises(CarrierCannot, match="Connect applet"):
        await api.redirect("x1", VOICE)
    with pytest.raises(CarrierCannot, match="Voicebot applet"):
        await api.set_webhooks("e1", VOICE, STATUS)

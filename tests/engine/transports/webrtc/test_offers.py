"""Offers: what official clients send is understood, what cannot be used is refused with a status."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.engine.transports.webrtc.candidates import CandidatePolicy
from bots.engine.transports.webrtc.connection import WebRTCConnection
from bots.engine.transports.webrtc.offers import MAX_SDP, Offer, cleaned_sdp
from bots.engine.transports.webrtc.refusals import OfferUnusable, SignallingError, TooManyOffers

from .client import Client

pytestmark = pytest.mark.network

POLICY = CandidatePolicy()


@pytest.mark.parametrize(
    ("body", "offer"),
    [
        ({"sdp": "v=0", "type": "offer", "pc_id": None, "restart_pc": False}, Offer("v=0")),
        ({"sdp": "v=0", "type": "offer"}, Offer("v=0")),
        ({"sdp": "v=0", "type": "offer", "pc_id": "s.1", "restart_pc": True, "more": 1}, Offer("v=0", "s.1", True)),
    ],
)
def test_offers_of_all_clients_are_read(body: dict[str, Any], offer: Offer) -> None:
    assert Offer.from_request(body) == offer


@pytest.mark.parametrize(
    "body",
    [{}, {"sdp": "v=0"}, {"sdp": 3, "type": "offer"}, {"sdp": "v=0", "type": "answer"}, {"sdp": "", "type": "offer"},
     {"sdp": "v=0", "type": "offer", "pc_id": 3}, {"sdp": "v=0", "type": "offer", "pc_id": "x" * 200}],
)  # fmt: skip
def test_other_bodies_are_refused_for_good(body: dict[str, Any]) -> None:
    with pytest.raises(OfferUnusable) as caught:
        Offer.from_request(body)
    assert caught.value.status == 400


def test_inadmissible_candidates_and_end_marks_are_left_out() -> None:
    sdp = "\n".join(
        ["v=0", "m=audio 9 UDP/TLS/RTP/SAVPF 111", "a=fmtp:96 orphan",
         "a=candidate:1 1 udp 2122260223 0f9a.local 51234 typ host",
         "a=candidate:2 1 udp 2122260223 192.168.1.9 51234 typ host",
         "a=end-of-candidates", "a=mid:0"]
    )  # fmt: skip
    lines = cleaned_sdp(sdp, POLICY).split("\r\n")
    assert lines == [
        "v=0", "m=audio 9 UDP/TLS/RTP/SAVPF 111", "a=candidate:2 1 udp 2122260223 192.168.1.9 51234 typ host",
        "a=mid:0", "",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "sdp",
    ["", "\n", "x", "v=0\r\n", "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n", "v=0\nm=audio \n" + "m=video \n" * 8,
     "v=0\nm=audio \n" + "a=x\n" * 3000, "v=0\nm=audio \n" + "a" * MAX_SDP, "v=0\nm=audio \n",
     "v=0\na=group:BUNDLE 0 1\nm=audio \na=mid:1\nm=video \na=mid:0\n", "v=0\na=group:BUNDLE 1\nm=audio \na=mid:0\n",
     "v=0\na=group:BUNDLE 0\na=group:BUNDLE 0\nm=audio \na=mid:0\n", "v=0\nm=audio \na=mid:0\nm=video \na=mid:0\n"],
)  # fmt: skip
def test_what_is_no_voice_offer_is_refused(sdp: str) -> None:
    with pytest.raises(OfferUnusable):
        cleaned_sdp(sdp, POLICY)


def test_no_more_candidates_than_a_client_has() -> None:
    many = "v=0\nm=audio \na=mid:0\n" + "".join(
        f"a=candidate:{n} 1 udp 1 192.168.1.9 {2000 + n} typ host\n" for n in range(200)
    )
    assert cleaned_sdp(many, POLICY).count("a=candidate") == 64


@given(st.text(max_size=200).map(lambda text: "v=0\nm=audio 9\na=mid:0\n" + text))
def test_any_text_is_cleaned_or_refused(text: str) -> None:
    try:
        assert cleaned_sdp(text, POLICY).startswith("v=0\r\n")
    except OfferUnusable as error:
        assert error.code == "webrtc.offer_unusable"


async def test_damaged_offers_are_refused_with_a_code_and_leave_nothing_open() -> None:
    client = Client()
    offer = await client.offer()
    chance = random.Random(7)
    lines = offer.splitlines()
    outcomes = set()
    for _ in range(80):
        damaged = list(lines)
        for _ in range(chance.randint(1, 6)):
            where = chance.randrange(1, len(damaged))
            what = chance.randrange(4)
            if what == 0:
                del damaged[where]
            elif what == 1:
                damaged[where] = damaged[where][: chance.randrange(len(damaged[where]) + 1)]
            elif what == 2:
                damaged.insert(where, damaged[chance.randrange(len(damaged))])
            else:
                spot = chance.randrange(len(damaged[where]) + 1)
                damaged[where] = damaged[where][:spot] + chance.choice("0;:= \x00é9/") + damaged[where][spot:]
        connection = WebRTCConnection("damaged")
        try:
            await connection.negotiate(Offer("\r\n".join(damaged) + "\r\n"))
            outcomes.add("answered")
        except SignallingError as error:
            outcomes.add(error.code)
        await connection.close()
    assert outcomes == {"answered", "webrtc.offer_unusable"}
    await client.close()


async def test_an_offer_edited_like_the_swift_client_does_is_answered() -> None:
    client = Client(label="rtvi-events", screen=False)
    lines = (await client.offer()).splitlines()
    edited, video = [], False
    for line in lines:
        video = line.startswith("m=video") if line.startswith("m=") else video
        if video and line.startswith(("a=rtpmap:99", "a=rtpmap:101")):
            continue
        twice = " 97 97 120 121" if line.startswith("m=video") else ""
        edited.append(line + twice + ("\n" if video else "\r\n"))
    connection = WebRTCConnection("swift")
    answer = await connection.negotiate(Offer("".join(edited)))
    assert answer.sdp.count("a=sendrecv") == 2
    await connection.close()
    await client.close()


async def test_a_session_makes_only_so_many_connections() -> None:
    connection = WebRTCConnection("restless")
    with pytest.raises(TooManyOffers) as caught:
        for _ in range(30):
            client = Client(screen=False)
            await connection.negotiate(Offer(await client.offer(), restart_pc=True))
            await client.close()
    assert caught.value.status == 429
    await client.close()
    await connection.close()

"""The public address is proved by a request that goes out and comes back in; every failure has its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from bots.actions.errors import ActionError
from bots.engine.tools.egress.client import EgressRequest, EgressResponse
from bots.engine.tools.egress.errors import EgressRedirected, EgressTimeout, EgressUnreachable
from telephony.actions.check_round_trip import check_round_trip, reach_of_public_url
from telephony.models import PhoneNumber
from tests.telephony.interface import WayOut
from tests.telephony.rows import make_account, make_number

pytestmark = pytest.mark.django_db


@pytest.fixture
def number(settings: Any) -> PhoneNumber:
    settings.ALLOWED_HOSTS = ["voice.example", "testserver"]
    return make_number(make_account(), None)


def back_in(request: EgressRequest) -> EgressResponse:
    """Bring a request to this house's own pages."""
    parts = urlsplit(request.url)
    assert parts.netloc == "voice.example"
    answer = Client().generic(request.method, parts.path, headers={"host": parts.netloc})
    return EgressResponse(answer.status_code, {}, answer.content)


def failure(number: PhoneNumber, answer: Callable[[EgressRequest], EgressResponse]) -> str:
    number.verified_at = number.created_at
    number.save()
    way = WayOut(answer)
    with pytest.raises(ActionError) as caught:
        check_round_trip(number, sender=way)
    assert caught.value.next_step
    assert way.closed
    number.refresh_from_db()
    assert number.verified_at is None
    return caught.value.code


def test_what_goes_out_comes_back_in(number: PhoneNumber) -> None:
    way = WayOut(back_in)
    check_round_trip(number, sender=way)
    number.refresh_from_db()
    assert number.verified_at is not None
    assert way.sent[0].method == "POST"
    assert urlsplit(way.sent[0].url).path.startswith("/telephony/twilio/check/")


@pytest.mark.parametrize(
    ("status", "body"), [(200, b""), (200, b"<html>Welcome"), (200, b"\xff\xfe"), (404, b"no"), (500, b"")]
)
def test_another_server_is_not_taken_for_ours(number: PhoneNumber, status: int, body: bytes) -> None:
    assert failure(number, lambda request: EgressResponse(status, {}, body)) == "public_url.other_server"


def test_a_proxy_that_changes_the_path_is_not_taken_for_ours(number: PhoneNumber) -> None:
    def elsewhere(request: EgressRequest) -> EgressResponse:
        answer = Client().post(urlsplit(request.url).path.replace("/twilio/", "/other/"))
        return EgressResponse(answer.status_code, {}, answer.content)

    assert failure(number, elsewhere) == "public_url.other_server"


def raising(error: Exception) -> Callable[[EgressRequest], EgressResponse]:
    def answer(request: EgressRequest) -> EgressResponse:
        raise error

    return answer


def test_failures_on_the_way_are_named(number: PhoneNumber) -> None:
    assert failure(number, raising(EgressUnreachable("gone"))) == "public_url.unreachable"
    assert failure(number, raising(EgressTimeout("slow"))) == "public_url.unreachable"
    assert failure(number, raising(EgressRedirected("moved"))) == "public_url.redirected"


def test_a_host_that_this_server_refuses_is_named_before_anything_is_sent(number: PhoneNumber, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["other.example"]
    way = WayOut(back_in)
    with pytest.raises(ActionError) as caught:
        check_round_trip(number, sender=way)
    assert caught.value.code == "public_url.host"
    assert "VOICE_ALLOWED_HOSTS" in caught.value.next_step
    assert way.sent == []


@pytest.mark.parametrize("address", ["http://[::1]:8000", "https://VOICE.example", "https://a.b.example:8443"])
def test_hosts_are_compared_as_requests_name_them(
    number: PhoneNumber, settings: Any, voice: Callable[..., None], address: str
) -> None:
    voice(PUBLIC_URL=address)
    settings.ALLOWED_HOSTS = ["[::1]", "voice.example", ".b.example"]

    def answer(request: EgressRequest) -> EgressResponse:
        return EgressResponse(200, {}, Client().post(urlsplit(request.url).path).content)

    settings.ALLOWED_HOSTS += ["testserver"]
    check_round_trip(number, sender=WayOut(answer))
    assert number.verified_at is not None


def test_a_missing_address_is_named(number: PhoneNumber, voice: Callable[..., None]) -> None:
    voice(PUBLIC_URL="")
    with pytest.raises(ActionError) as caught:
        check_round_trip(number, sender=WayOut(back_in))
    assert caught.value.code == "public_url.missing"


@pytest.mark.parametrize(
    ("address", "reach"),
    [
        ("https://voice.example", "everybody"), ("https://8.8.8.8", "everybody"), ("http://localhost:8000", "machine"),
        ("http://127.0.0.1:8000", "machine"), ("http://[::1]:8000", "machine"), ("http://10.0.0.7", "network"),
        ("http://gateway", "network"),
    ],
)  # fmt: skip
def test_who_can_reach_an_address_is_seen_by_its_looks(voice: Callable[..., None], address: str, reach: str) -> None:
    voice(PUBLIC_URL=address)
    assert reach_of_public_url() == reach

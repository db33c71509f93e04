"""Addresses are of the configured public one, whatever it looks like (reliability T8)."""

from __future__ import annotations

from typing import Any

import pytest

from bots.actions.errors import ActionError
from telephony.models import CarrierAccount
from telephony.selectors.addresses import public_url, stream_url, webhook_path, webhook_url

MAIN = CarrierAccount(slug="main", carrier="twilio", hook_key="h00k")
UNSIGNED = CarrierAccount(slug="india", carrier="exotel", hook_key="h00k")


@pytest.mark.parametrize(
    ("configured", "webhook", "stream"),
    [
        ("https://voice.example", "https://voice.example/telephony/main/voice", "wss://voice.example/telephony/stream"),
        ("https://voice.example/", "https://voice.example/telephony/main/voice", "wss://voice.example/telephony/stream"),
        ("https://x.example/a/b/", "https://x.example/a/b/telephony/main/voice", "wss://x.example/a/b/telephony/stream"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/telephony/main/voice", "ws://127.0.0.1:8000/telephony/stream"),
        ("HTTPS://Voice.example", "HTTPS://Voice.example/telephony/main/voice", "wss://Voice.example/telephony/stream"),
    ],
)  # fmt: skip
def test_addresses_begin_with_the_public_one(voice: Any, configured: str, webhook: str, stream: str) -> None:
    voice(PUBLIC_URL=configured)
    assert webhook_url(MAIN, "voice") == webhook
    assert stream_url("twilio", "t0ken") == f"{stream}/twilio/t0ken"


@pytest.mark.parametrize(
    "configured",
    [
        "",
        "voice.example",
        "ftp://voice.example",
        "https://",
        "https:voice",
        "https://x.example?a=b",
        "https://x.example#y",
    ],
)
def test_without_a_usable_public_address_there_are_none(voice: Any, configured: str) -> None:
    voice(PUBLIC_URL=configured)
    for make in (public_url, lambda: webhook_url(MAIN, "voice"), lambda: stream_url("twilio", "t")):
        with pytest.raises(ActionError) as refused:
            make()
        assert (refused.value.code, refused.value.http_status) == ("public_url.missing", 503)


def test_a_carrier_that_signs_nothing_gets_a_key_and_others_do_not() -> None:
    assert webhook_url(UNSIGNED, "status") == "https://voice.example/telephony/india/status?key=h00k"
    assert "h00k" not in webhook_url(MAIN, "status")


def test_parts_cannot_leave_their_place() -> None:
    assert webhook_path(MAIN, "check", "../a?b#c") == "/telephony/main/check/..%2Fa%3Fb%23c"

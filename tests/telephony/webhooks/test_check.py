"""The end of the round trip: it answers only what this house has asked."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from telephony.selectors.round_trip import answer_to, new_nonce, proof_of


def asked(nonce: str, slug: str = "main", method: str = "POST") -> Any:
    return Client(enforce_csrf_checks=True).generic(method, f"/telephony/{slug}/check/{quote(nonce, safe='')}")


def test_a_nonce_of_ours_is_answered_with_its_proof() -> None:
    nonce = new_nonce()
    answer = asked(nonce)
    assert (answer.status_code, answer.content.decode().strip()) == (200, proof_of("main", nonce))
    assert "no-store" in answer["Cache-Control"]
    assert proof_of("other", nonce) != proof_of("main", nonce)


@pytest.mark.parametrize("nonce", ["x", "a:b:c", "é", "a" * 400])
def test_nonces_of_others_are_not_answered(nonce: str) -> None:
    assert asked(nonce).status_code == 403


def test_a_nonce_is_answered_for_a_short_time_only() -> None:
    nonce = new_nonce()
    assert answer_to("main", nonce, lifetime_s=60) is not None
    assert answer_to("main", nonce, lifetime_s=-1) is None


def test_another_method_is_not_answered() -> None:
    assert asked(new_nonce(), method="GET").status_code == 405

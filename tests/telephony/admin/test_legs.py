"""Calls as carriers see them: read only, numbers shortened, costs never invented."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from telephony.models import CallLeg
from tests.bots.factories import make_user
from tests.telephony.dialling import OURS, THEIRS, make_number, may

pytestmark = pytest.mark.django_db
LIST = "/admin/telephony/callleg/"


@pytest.fixture
def leg() -> CallLeg:
    number = make_number()
    return CallLeg.objects.create(
        account=number.account, number=number, direction="outbound", from_number=OURS, to_number=THEIRS,
        created_at=timezone.now(), status="refused", refusal_code="dial.hours", custom={"secret": "c4n4ry"},
        refusal_sentence="This is not the time to call people.", token_hash="c4n4ry", carrier_call_id="CA77",
    )  # fmt: skip


def signed_in(name: str, *more: str, **values: Any) -> Client:
    browser = Client()
    browser.force_login(may(make_user(name, "view_call", staff=True, **values), "view_callleg", *more))
    return browser


def test_refused_calls_are_found_with_code_and_sentence_and_nothing_can_be_changed(leg: CallLeg) -> None:
    browser = signed_in("root", superuser=True)
    text = browser.get(LIST).content.decode()
    assert "dial.hours" in text
    assert "This is not the time" in text
    assert ">unknown</td>" not in text
    assert THEIRS in text
    CallLeg.objects.update(status="answered")
    assert ">unknown</td>" in browser.get(LIST).content.decode()
    page = browser.get(f"{LIST}{leg.pk}/change/").content.decode()
    assert THEIRS in page
    assert "c4n4ry" not in page
    assert browser.post(f"{LIST}{leg.pk}/change/", {"status": "completed"}).status_code == 403
    assert browser.get(f"{LIST}add/").status_code == 403
    assert browser.post(f"{LIST}{leg.pk}/delete/", {"post": "yes"}).status_code == 403


def test_other_peoples_numbers_are_shortened_and_cannot_be_searched_for(leg: CallLeg) -> None:
    browser = signed_in("lena")
    for address in (LIST, f"{LIST}{leg.pk}/change/", f"{LIST}?q=CA77"):
        text = browser.get(address).content.decode()
        assert "+49…456" in text
        assert OURS in text
        assert THEIRS not in text
    assert "+49…456" not in browser.get(f"{LIST}?q=%2B4989123456").content.decode()
    assert THEIRS in signed_in("vera", "view_numbers").get(f"{LIST}?q=%2B4989123456").content.decode()


def test_who_may_not_see_all_calls_sees_those_that_they_placed(leg: CallLeg) -> None:
    browser = Client()
    user = may(make_user("mia", staff=True), "view_callleg")
    browser.force_login(user)
    assert "dial.hours" not in browser.get(LIST).content.decode()
    CallLeg.objects.update(placed_by=user)
    assert "dial.hours" in browser.get(LIST).content.decode()


def test_an_estimated_cost_says_so(leg: CallLeg) -> None:
    CallLeg.objects.update(cost=Decimal("0.0400"), cost_is_estimated=True, currency="USD")
    assert "0.04 USD (estimated)" in signed_in("lena").get(LIST).content.decode()

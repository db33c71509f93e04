"""What the call page and the call list say of a call at the carrier."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from bots.selectors.call_export import call_document
from telephony.models import CallLeg, CarrierAccount, WebhookReceipt
from telephony.selectors.leg_page import far_ends, telephone_facts
from telephony.selectors.masking import masked
from tests.bots.factories import make_bot, make_call, make_user

pytestmark = pytest.mark.django_db
CALLER = "+4930123456"


@pytest.fixture
def leg(settings: Any, tmp_path: Path) -> CallLeg:
    settings.VOICE = {**settings.VOICE, "CALLS_DIR": tmp_path}
    bot = make_bot()
    spec = {**bot.live_version.spec, "variables": {"caller_number": CALLER}}
    call = make_call(bot, None, direction="inbound", transport="phone", spec=spec)
    account = CarrierAccount.objects.create(name="Main", slug="main", carrier="twilio", account_id="AC1")
    leg = CallLeg.objects.create(
        call=call, account=account, direction="inbound", carrier_call_id="CA7", from_number=CALLER,
        to_number="+43720123456", created_at=timezone.now(), status="answered", answered_at=timezone.now(),
    )  # fmt: skip
    WebhookReceipt.objects.create(
        account=account, leg=leg, kind="status", digest="d", copies=2, received_at=timezone.now(),
        summary={"status": "answered", "from": CALLER},
    )  # fmt: skip
    return leg


def signed_in(**more: Any) -> Client:
    client = Client()
    client.force_login(make_user("maria", "view_call", staff=True, **more))
    return client


def test_the_section_hides_numbers_marks_copies_and_does_not_invent_a_cost(leg: CallLeg) -> None:
    text = signed_in().get(f"/calls/{leg.call_id}/").content.decode()
    assert 'id="telephone"' in text
    assert "CA7" in text
    assert "2 copies" in text
    assert "unknown" in text
    assert masked(CALLER) in text
    assert CALLER not in text


def test_who_may_see_numbers_sees_them(leg: CallLeg) -> None:
    assert CALLER in signed_in(superuser=True).get(f"/calls/{leg.call_id}/").content.decode()


def test_the_list_names_the_far_end_and_is_filtered_by_direction(leg: CallLeg) -> None:
    client = signed_in()
    found = client.get("/calls/?direction=inbound").content.decode()
    assert masked(CALLER) in found
    assert CALLER not in found
    assert masked(CALLER) not in client.get("/calls/?direction=outbound").content.decode()


def test_a_call_without_a_telephone_has_no_section(leg: CallLeg) -> None:
    other = make_call(leg.call.bot, None)
    assert 'id="telephone"' not in signed_in().get(f"/calls/{other.pk}/").content.decode()


@pytest.mark.parametrize(("number", "shown"), [(CALLER, "+49…456"), ("", ""), ("+491", "…")])
def test_masked_numbers_show_beginning_and_end(number: str, shown: str) -> None:
    assert masked(number) == shown


def test_the_configuration_that_is_shown_and_exported_does_not_tell_who_called(leg: CallLeg) -> None:
    client = Client()
    client.force_login(make_user("olaf", "view_call", "view_bot", "change_bot", staff=True))
    page = client.get(f"/calls/{leg.call_id}/").content.decode()
    assert "Front desk" in page
    assert CALLER not in page
    assert leg.call is not None
    document = call_document(leg.call, with_words=True, with_configuration=True)
    assert document["configuration"]["name"] == "Front desk"
    assert CALLER not in str(document)


def test_a_cost_that_nobody_told_is_marked(leg: CallLeg) -> None:
    CallLeg.objects.update(cost="0.04", currency="USD", cost_is_estimated=True)
    assert "0.0400 USD (estimated" in signed_in().get(f"/calls/{leg.call_id}/").content.decode()


def test_a_conversation_before_a_transfer_has_the_section_too_and_it_tells_who_was_dialled(leg: CallLeg) -> None:
    """TEL-23: one leg, two conversations; the person's number is masked like every other."""
    earlier = make_call(leg.call.bot, None, direction="inbound")
    leg.earlier_calls.add(earlier)
    CallLeg.objects.create(
        parent=leg, account=leg.account, direction="outbound", from_number="+4930123456", to_number="+4989123456",
        status="no_answer", created_at=timezone.now(), custom={"name": "sales"}, currency="USD",
    )  # fmt: skip
    stranger = make_user("stranger")
    for call in (earlier, leg.call):
        facts = telephone_facts(call, stranger)
        assert facts is not None
        (shown,) = facts["transfers"]
        assert (shown.name, shown.number, shown.state) == ("sales", "+49…456", "no answer")
    assert set(far_ends([earlier, leg.call], stranger)) == {earlier.pk, leg.call.pk}

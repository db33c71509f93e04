"""A number is attached to a bot, and its carrier told whom to ask."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bots.actions.errors import ActionError
from telephony.actions.attach_number import attach_number, set_webhooks
from telephony.carriers.base import OwnedNumber
from telephony.carriers.errors import CarrierUnreachable
from telephony.models import PhoneNumber
from tests.bots.factories import make_bot
from tests.telephony.interface import Interface
from tests.telephony.rows import NUMBER, PUBLIC, make_account, make_number

pytestmark = pytest.mark.django_db
VOICE, STATUS = f"{PUBLIC}/telephony/twilio/voice", f"{PUBLIC}/telephony/twilio/status"


def test_a_number_is_stored_as_telephones_write_it() -> None:
    bot = make_bot()
    number = attach_number(account=make_account(), number="+49 (30) 123-456", bot=bot, ref="PN1", label="Desk")
    assert (number.e164, number.bot, number.carrier_ref, number.label) == (NUMBER, bot, "PN1", "Desk")
    assert number.is_enabled


def test_attaching_again_changes_the_bot_and_nothing_else() -> None:
    account, other = make_account(), make_bot("other")
    known = make_number(account, make_bot(), carrier_ref="PN1", label="Front", max_calls=3, is_enabled=False)
    attach_number(account=account, number=NUMBER, bot=other, label="Back")
    known.refresh_from_db()
    assert (known.bot, known.carrier_ref, known.label, known.max_calls) == (other, "PN1", "Front", 3)
    assert not known.is_enabled


@pytest.mark.parametrize("text", ["", "12", "call me", "+49", "+" + "9" * 30])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ActionError) as caught:
        attach_number(account=make_account(), number=text, bot=None)
    assert caught.value.code == "number.invalid"
    assert not PhoneNumber.objects.exists()


def test_a_number_of_another_account_is_refused_by_its_name() -> None:
    make_number(make_account(name="Old line"), None)
    with pytest.raises(ActionError) as caught:
        attach_number(account=make_account("plivo"), number=NUMBER, bot=None)
    assert caught.value.code == "number.elsewhere"
    assert "Old line" in caught.value.message
    assert NUMBER not in caught.value.message


def test_the_carrier_gets_our_addresses_and_the_state_says_so() -> None:
    number = make_number(make_account(), None, carrier_ref="PN1")
    api = Interface([OwnedNumber(NUMBER, "PN1")])
    set_webhooks(number, api=api)
    assert (api.owned[0].voice_url, api.owned[0].status_url) == (VOICE, STATUS)
    number.refresh_from_db()
    assert (number.webhook_state, number.webhook_seen) == ("attached", VOICE)
    assert number.webhook_checked_at is not None


def test_a_number_typed_by_hand_is_found_in_the_carrier_s_list() -> None:
    number = make_number(make_account(), None)
    set_webhooks(number, api=Interface([OwnedNumber("+491", "PN0"), OwnedNumber(NUMBER, "PN7")]))
    assert PhoneNumber.objects.get().carrier_ref == "PN7"


def test_a_number_that_the_carrier_does_not_list_is_told_as_that() -> None:
    number, api = make_number(make_account(), None), Interface()
    with pytest.raises(ActionError) as caught:
        set_webhooks(number, api=api)
    assert caught.value.code == "number.not_there"
    assert api.asked == ["numbers"]
    assert PhoneNumber.objects.get().webhook_state == "unknown"


def test_failures_leave_the_state_as_it_was(voice: Callable[..., None]) -> None:
    number = make_number(make_account(), None, carrier_ref="PN1")
    with pytest.raises(ActionError) as caught:
        set_webhooks(number, api=Interface(fails=CarrierUnreachable("The carrier could not be reached.")))
    assert caught.value.code == "carrier.unreachable"
    voice(PUBLIC_URL="")
    with pytest.raises(ActionError) as caught:
        set_webhooks(number, api=Interface())
    assert caught.value.code == "public_url.missing"
    assert PhoneNumber.objects.get().webhook_state == "unknown"


def test_exotel_says_where_to_enter_the_address_instead() -> None:
    number = make_number(make_account("exotel"), None, carrier_ref="1")
    with pytest.raises(ActionError) as caught:
        set_webhooks(number)
    assert caught.value.code == "carrier.cannot"
    assert "Voicebot applet" in caught.value.message

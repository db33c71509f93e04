"""Drift: what carriers ask is compared with what they should, each account once, and kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from bots.actions.errors import ActionError
from telephony.actions.check_webhooks import check_due_webhooks, check_webhooks
from telephony.carriers.base import OwnedNumber
from telephony.carriers.errors import CarrierKeysWrong
from telephony.models import CarrierAccount, PhoneNumber
from telephony.selectors.webhook_health import webhook_words
from telephony.tasks import look_at_webhooks
from tests.telephony.interface import Interface
from tests.telephony.rows import NUMBER, PUBLIC, make_account, make_number

pytestmark = pytest.mark.django_db
VOICE, STATUS = f"{PUBLIC}/telephony/twilio/voice", f"{PUBLIC}/telephony/twilio/status"


def checked(*owned: OwnedNumber, carrier: str = "twilio") -> PhoneNumber:
    number = make_number(make_account(carrier), None)
    check_webhooks([number], api_for=lambda account: Interface(list(owned)))
    return PhoneNumber.objects.select_related("account").get(pk=number.pk)


@pytest.mark.parametrize(
    ("voice", "status", "state", "seen"),
    [
        (VOICE, STATUS, "attached", VOICE),
        ("https://old.example/voice?key=c4n4ry", STATUS, "drifted", "https://old.example/voice"),
        ("", "", "drifted", "no address for voice"),
        (VOICE, "https://old.example/status", "drifted", "https://old.example/status"),
        (f"{VOICE}/", STATUS, "drifted", f"{VOICE}/"),
        (VOICE.replace("https", "http"), STATUS, "drifted", VOICE.replace("https", "http")),
    ],
)
def test_addresses_are_compared_to_the_letter(voice: str, status: str, state: str, seen: str) -> None:
    number = checked(OwnedNumber(NUMBER, "PN1", voice_url=voice, status_url=status))
    assert (number.webhook_state, number.webhook_seen) == (state, seen)
    assert number.webhook_checked_at is not None


def test_a_number_that_the_account_no_longer_has_is_missing() -> None:
    number = checked(OwnedNumber("+4930999999", "PN9", voice_url=VOICE, status_url=STATUS))
    assert number.webhook_state == "missing"
    assert webhook_words(number).kind == "bad"


def test_a_carrier_that_does_not_tell_its_address_is_not_called_attached() -> None:
    number = checked(OwnedNumber(NUMBER, "1", voice_url="http://my.exotel.com/x/exoml/start_voice/9"), carrier="exotel")
    assert number.webhook_state == "unknown"
    assert webhook_words(number).word == "not told by the carrier"
    assert webhook_words(make_number(number.account, None, e164="+4930123457")).word == "not checked yet"


def test_an_account_that_cannot_be_asked_spoils_no_other() -> None:
    good, bad = make_account(), make_account("plivo")
    first, second = (
        make_number(good, None),
        make_number(bad, None, e164="+4930123457", webhook_seen="https://x.example"),
    )
    asked: list[str] = []

    def api_for(account: CarrierAccount) -> Interface:
        asked.append(account.slug)
        if account.pk == bad.pk:
            return Interface(fails=CarrierKeysWrong("The carrier does not know these keys."))
        return Interface([OwnedNumber(NUMBER, "PN1", voice_url=VOICE, status_url=STATUS)])

    third = make_number(good, None, e164="+4930123458")
    check_webhooks([first, second, third], api_for=api_for)
    assert sorted(asked) == ["plivo", "twilio"]
    assert [number.webhook_state for number in (first, second, third)] == ["attached", "unreachable", "missing"]
    assert second.webhook_seen == "https://x.example"
    bad.refresh_from_db()
    assert bad.check_code == "carrier.keys"


def test_an_answer_takes_a_kept_failure_of_the_account_away() -> None:
    account = make_account(check_code="carrier.keys", check_sentence="They are wrong.")
    check_webhooks([make_number(account, None)], api_for=lambda _account: Interface())
    account.refresh_from_db()
    assert (account.check_code, account.check_sentence) == ("", "")


def test_nobody_is_asked_while_the_public_address_is_unknown(voice: Callable[..., None]) -> None:
    voice(PUBLIC_URL="")
    api = Interface()
    with pytest.raises(ActionError) as caught:
        check_webhooks([make_number(make_account(), None)], api_for=lambda account: api)
    assert caught.value.code == "public_url.missing"
    assert api.asked == []


def test_each_number_is_due_once_a_day_and_only_while_it_takes_calls() -> None:
    account, now = make_account(), timezone.now()
    make_number(account, None, webhook_checked_at=now - timedelta(hours=24))
    make_number(account, None, e164="+4930123457", webhook_checked_at=now - timedelta(hours=2))
    make_number(account, None, e164="+4930123458", is_enabled=False)
    make_number(make_account("plivo", is_enabled=False), None, e164="+4930123459")
    assert check_due_webhooks(now, api_for=lambda account: Interface()) == 1
    assert check_due_webhooks(now, api_for=lambda account: Interface()) == 0


def test_the_daily_round_asks_nobody_where_there_are_no_numbers(voice: Callable[..., None]) -> None:
    voice(PUBLIC_URL="")
    look_at_webhooks()
    make_number(make_account(), None)
    look_at_webhooks()
    assert PhoneNumber.objects.get().webhook_checked_at is None

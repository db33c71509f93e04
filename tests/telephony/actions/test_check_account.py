"""An account's keys are tested within a time, and what came of it is kept without any secret."""

from __future__ import annotations

import pytest

from bots.actions.errors import ActionError
from telephony.actions.check_account import check_account
from telephony.carriers.errors import CarrierKeysWrong
from telephony.models import CarrierAccount
from tests.telephony.interface import Interface
from tests.telephony.rows import SECRET, make_account

pytestmark = pytest.mark.django_db


def test_keys_that_work_are_noted_with_the_account_s_name_at_the_carrier() -> None:
    account, api = make_account(), Interface()
    assert check_account(account, api=api) == "Emulated account"
    account.refresh_from_db()
    assert account.checked_at is not None
    assert (account.check_code, account.check_sentence) == ("", "Emulated account")
    assert api.closed == 1


def test_keys_that_fail_are_noted_with_code_and_next_step() -> None:
    account, api = make_account(), Interface(fails=CarrierKeysWrong("The carrier does not know these keys."))
    with pytest.raises(ActionError) as caught:
        check_account(account, api=api)
    account.refresh_from_db()
    assert caught.value.code == account.check_code == "carrier.keys"
    assert "does not know these keys" in account.check_sentence
    assert "Enter the account's id and secrets anew" in account.check_sentence
    assert SECRET not in str(caught.value)
    assert api.closed == 1


def test_a_carrier_that_never_answers_is_given_up() -> None:
    account, api = make_account(), Interface(slow_s=60)
    with pytest.raises(ActionError) as caught:
        check_account(account, api=api, limit_s=0.01)
    assert caught.value.code == "carrier.unreachable"
    assert api.closed == 1


def test_secrets_that_no_key_opens_are_told_as_that() -> None:
    account = make_account()
    CarrierAccount.objects.filter(pk=account.pk).update(encrypted=b"gAAAAAnonsense")
    account.refresh_from_db()
    with pytest.raises(ActionError) as caught:
        check_account(account)
    assert caught.value.code == "credential.unreadable"
    assert "VOICE_ENCRYPTION_KEYS" in caught.value.next_step


def test_a_region_that_no_host_can_have_is_told_as_that() -> None:
    with pytest.raises(ActionError) as caught:
        check_account(make_account(region="evil.example/"))
    assert caught.value.code == "carrier.cannot"

"""The do-not-call list: one number, a pasted list, found again; shortened for who may not see numbers."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from bots.actions.errors import ActionError
from telephony.actions.block_numbers import MOST, block_numbers
from telephony.models import BlockedNumber
from tests.bots.factories import make_user
from tests.telephony.dialling import THEIRS, may

pytestmark = pytest.mark.django_db
LIST = "/admin/telephony/blockednumber/"


@pytest.fixture
def client() -> Client:
    browser = Client()
    browser.force_login(make_user("root", staff=True, superuser=True))
    return browser


def test_one_number_is_added_as_telephones_write_it_and_taken_off_again(client: Client) -> None:
    assert client.post(f"{LIST}add/", {"e164": "+49 89 / 123456", "reason": "asked"}).status_code == 302
    row = BlockedNumber.objects.get()
    assert (row.e164, row.reason) == (THEIRS, "asked")
    assert row.added_by is not None
    again = client.post(f"{LIST}add/", {"e164": THEIRS})
    assert "on the list already" in again.content.decode()
    assert "Write it with its country" in client.post(f"{LIST}add/", {"e164": "089 123456"}).content.decode()
    assert client.post(f"{LIST}{row.pk}/change/", {"e164": "+49301"}).status_code == 403
    assert client.post(f"{LIST}{row.pk}/delete/", {"post": "yes"}).status_code == 302
    assert THEIRS not in str(list(LogEntry.objects.values()))
    assert not BlockedNumber.objects.exists()


def test_a_list_is_pasted_and_what_is_no_number_is_left_below(client: Client) -> None:
    BlockedNumber.objects.create(e164=THEIRS)
    lines = f'{THEIRS}\n+49 30 1234567, moved away\n0171 2345678\n\nnobody\n"+4930999999"\tcomplained\n+4930999999'
    page = client.post(f"{LIST}paste/", {"lines": lines, "region": "DE", "reason": "campaign"}, follow=True)
    text = page.content.decode()
    assert "3 numbers were added. There already: 1." in text
    assert "line 5" in text
    assert ">\nnobody</textarea>" in text
    assert dict(BlockedNumber.objects.values_list("e164", "reason")) == {
        THEIRS: "", "+49301234567": "moved away", "+491712345678": "campaign", "+4930999999": "complained",
    }  # fmt: skip
    done = client.post(f"{LIST}paste/", {"lines": "+4930888888"})
    assert done.status_code == 302
    assert "This field is required" in client.post(f"{LIST}paste/", {"lines": ""}).content.decode()


def test_too_many_at_once_and_people_without_the_right_are_refused() -> None:
    root = make_user("root", superuser=True)
    with pytest.raises(ActionError) as caught:
        block_numbers(lines=["+4930123456"] * (MOST + 1), by=root)
    assert caught.value.code == "block.too_many"
    with pytest.raises(ActionError) as caught:
        block_numbers(lines=["+4930123456"], by=make_user("eve"))
    assert caught.value.code == "block.forbidden"
    assert not BlockedNumber.objects.exists()


def test_numbers_are_shortened_and_only_whole_ones_found_by_who_may_not_see_them() -> None:
    row = BlockedNumber.objects.create(e164=THEIRS, reason="asked")
    browser = Client()
    browser.force_login(may(make_user("lena", staff=True), "view_blockednumber"))
    for address in (LIST, f"{LIST}{row.pk}/change/", f"{LIST}?q=%2B49+89+123456", f"{LIST}?q=asked"):
        text = browser.get(address).content.decode()
        assert "+49…456" in text
        assert THEIRS not in text
    assert "+49…456" not in browser.get(f"{LIST}?q=8912").content.decode()
    assert browser.get(f"{LIST}paste/").status_code == 403
    browser.force_login(may(make_user("vera", staff=True), "view_blockednumber", "view_numbers"))
    assert THEIRS in browser.get(f"{LIST}?q=8912").content.decode()

"""Toll fraud: every case is refused before the carrier hears of it, and nothing of it is in the logs (S2)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from phonenumbers import SUPPORTED_REGIONS

from bots.actions.errors import ActionError
from bots.models import Call
from telephony.actions.place_call import place_call
from telephony.models import CallLeg, LegStatus, PhoneNumber
from tests.telephony.actions.toll_fraud import ANY, CORPUS, COUNTRY
from tests.telephony.dialling import SECRET, FakeAPI, make_dialler, make_number, make_policy

pytestmark = pytest.mark.django_db
EVERYWHERE = sorted(SUPPORTED_REGIONS)


@pytest.fixture
def number(settings: Any, tmp_path: Any) -> Iterator[PhoneNumber]:
    settings.VOICE = {**settings.VOICE, "CALLS_DIR": tmp_path, "PUBLIC_URL": "https://voice.example"}
    return make_number()


def test_the_corpus_is_large_and_has_no_case_twice() -> None:
    assert len({destination for destination, _code in CORPUS}) == len(CORPUS) >= 120


def test_every_case_is_refused_before_the_carrier_hears_of_it(
    number: PhoneNumber, caplog: pytest.LogCaptureFixture
) -> None:
    """Only where a country is the reason are there countries that are not allowed; all have a price."""
    caplog.set_level(logging.DEBUG)
    api, by = FakeAPI(), make_dialler()
    prices = dict.fromkeys(EVERYWHERE, 0.01)
    passed, wrong = [], []
    for destination, code in CORPUS:
        make_policy(countries=["US", "GB", "DE"] if code == COUNTRY else EVERYWHERE, minute_prices=prices)
        try:
            place_call(number=number, to=destination, by=by, api=api)
        except ActionError as error:
            if error.code != code and not (code == ANY and error.code.startswith("number.")):
                wrong.append((destination, error.code))
            assert not set(destination.split()) & set(error.message.split())
            assert error.next_step
        else:
            passed.append(destination)
    assert (passed, wrong) == ([], [])
    assert (api.placed, Call.objects.count()) == ([], 0)
    assert set(CallLeg.objects.values_list("status", flat=True)) == {LegStatus.REFUSED}
    said = [(record.getMessage(), record.__dict__) for record in caplog.records]
    for destination, _code in CORPUS:
        if len(destination.strip()) > 6:
            assert destination not in repr(said)
    assert SECRET not in repr(said)
    assert number.e164 not in repr(said)


def test_a_flood_of_refused_calls_does_not_fill_the_table(number: PhoneNumber) -> None:
    make_policy()
    by = make_dialler()
    for _ in range(60):
        with pytest.raises(ActionError):
            place_call(number=number, to="+19002345678", by=by, api=FakeAPI())
    assert CallLeg.objects.count() == 20

"""Calls that are placed at the same moment at the edge of a cap: exactly as many win as the cap allows (S2)."""

from __future__ import annotations

import threading
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from bots.actions.errors import ActionError
from bots.models import Call
from telephony.actions.place_call import place_once
from telephony.actions.save_dial_policy import save_dial_policy
from telephony.models import CallLeg, DialPolicy, LegStatus, PhoneNumber
from tests.telephony.dialling import PUBLIC, THEIRS, FakeAPI, make_dialler, make_number, make_policy

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 6


@pytest.fixture(autouse=True)
def house(settings: Any, tmp_path: Any) -> None:
    settings.VOICE = {**settings.VOICE, "CALLS_DIR": tmp_path, "PUBLIC_URL": PUBLIC}


def all_at_once(number: PhoneNumber, api: FakeAPI, by: Any, *more: Any, key: str = "") -> Counter[str]:
    """Place calls from several threads at the same moment; answers how often each code came, "" for a call."""
    gate, codes, lock = threading.Barrier(AT_ONCE + len(more)), Counter[str](), threading.Lock()

    def place(index: int) -> None:
        to = THEIRS if number.label == "one" else f"+4989123{index}56"
        gate.wait()
        code = ""
        try:
            place_once(number=number, to=to, by=by, api=api, key=key)
        except ActionError as error:
            code = error.code
        finally:
            connection.close()
        with lock:
            codes[code] += 1

    def do(work: Any) -> None:
        gate.wait()
        try:
            work()
        finally:
            connection.close()

    threads = [threading.Thread(target=place, args=(index,)) for index in range(AT_ONCE)]
    threads += [threading.Thread(target=do, args=(work,)) for work in more]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return codes


@pytest.mark.parametrize(
    ("cap", "code", "wins"),
    [
        ({"spend_per_day": Decimal("0.39")}, "dial.spend", 1),
        ({"spend_per_day": Decimal("0.60")}, "dial.spend", 3),
        ({"max_calls": 1}, "dial.busy", 1),
        ({"max_calls": 2}, "dial.busy", 2),
        ({"calls_per_day": 1}, "dial.day", 1),
        ({"calls_per_destination": 2}, "dial.destination", 2),
    ],
)
def test_of_calls_at_the_edge_of_a_cap_as_many_win_as_it_allows(cap: dict[str, Any], code: str, wins: int) -> None:
    policy, api = make_policy(**cap), FakeAPI()
    codes = all_at_once(make_number(label="one"), api, make_dialler())
    assert codes == {"": wins, code: AT_ONCE - wins}
    assert len(api.placed) == Call.objects.count() == wins
    placed = CallLeg.objects.exclude(status=LegStatus.REFUSED)
    assert sum(leg.reserved for leg in placed) <= policy.spend_per_day


def test_one_request_that_is_sent_several_times_at_once_places_one_call() -> None:
    make_policy()
    api = FakeAPI()
    assert all_at_once(make_number(label="one"), api, make_dialler(), key="k1") == {"": AT_ONCE}
    assert len(api.placed) == Call.objects.count() == CallLeg.objects.count() == 1


def test_nothing_is_placed_once_dialling_was_switched_off_beside_it() -> None:
    """Whatever came before the switch was placed, everything behind it is refused."""
    make_policy()
    api, by, number = FakeAPI(), make_dialler("root", is_superuser=True), make_number()
    codes = all_at_once(number, api, by, lambda: save_dial_policy(values={"is_enabled": False}, by=by))
    assert set(codes) <= {"", "dial.off"}
    assert len(api.placed) == codes[""]
    assert not DialPolicy.objects.get().is_enabled
    assert all_at_once(number, api, by) == {"dial.off": AT_ONCE}

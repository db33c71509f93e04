"""A call is checked, paid for and then placed; whatever happens at the carrier, its money and its rows are settled."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from bots.actions.claim_call import claim_call
from bots.actions.errors import ActionError
from bots.actions.publish_bot import publish_bot
from bots.actions.reap_calls import reap_calls
from bots.assembly import spec_from
from bots.models import Bot, Call
from telephony.actions.place_call import place_call, place_once
from telephony.carriers.errors import CarrierError, CarrierRefused, CarrierUnreachable
from telephony.models import BlockedNumber, CallLeg, CarrierAccount, LegStatus, PhoneNumber
from tests.bots.factories import make_bot, make_call, make_user
from tests.telephony.dialling import OURS, PUBLIC, SECRET, THEIRS, FakeAPI, make_dialler, make_number, make_policy

pytestmark = pytest.mark.django_db


@pytest.fixture
def number(settings: Any, tmp_path: Any) -> PhoneNumber:
    settings.VOICE = {**settings.VOICE, "CALLS_DIR": tmp_path, "PUBLIC_URL": PUBLIC}
    make_policy()
    return make_number()


def code_of(number: PhoneNumber, **values: Any) -> str:
    with pytest.raises(ActionError) as caught:
        place_call(**{"number": number, "to": THEIRS, "by": make_dialler(f"d{CallLeg.objects.count()}"), **values})
    return caught.value.code


def publish(number: PhoneNumber, **changes: Any) -> None:
    """A new version of the number's bot."""
    bot = Bot.objects.get(pk=number.bot_id)
    bot.draft = {**bot.draft, **changes}
    bot.save()
    publish_bot(bot=bot, by=None)


def test_the_carrier_is_asked_once_with_our_addresses_and_limits(number: PhoneNumber) -> None:
    """A call of ten minutes ends five seconds before its tenth is over, at the carrier and with us."""
    api, by = FakeAPI(), make_dialler()
    leg = place_call(number=number, to="+49 89 123456", by=by, custom={"Name": "Ada", "visit": 3}, api=api)
    (asked,) = api.placed
    assert (asked.from_number, asked.to_number, asked.ring_s, asked.max_duration_s) == (OURS, THEIRS, 30, 595)
    assert asked.answer_url == f"{PUBLIC}/telephony/main-twilio/answer/{leg.pk}"
    assert asked.status_url == f"{PUBLIC}/telephony/main-twilio/status"
    assert (asked.detect_machine, api.closed) == (True, 1)
    assert (leg.status, leg.carrier_call_id, leg.reserved, leg.country) == ("queued", "CA0", Decimal("0.2"), "DE")
    assert (leg.placed_by, leg.minute_price, leg.custom) == (by, Decimal("0.02"), {"name": "Ada", "visit": "3"})
    call = Call.objects.get(leg=leg)
    assert (call.direction, call.transport, call.user) == ("outbound", "phone", by)
    assert spec_from(call.spec).limits.max_duration_s == 595
    assert call.spec["variables"]["called_number"] == THEIRS
    assert call.spec["variables"]["custom.name"] == "Ada"
    assert call.spec["phone"]["outbound"] is True


@pytest.mark.parametrize(("own", "minutes", "most"), [(120, 10, 120), (1800, 1, 55), (600, 3, 175)])
def test_a_running_call_ends_at_the_shorter_of_the_bots_and_the_policys_time(
    number: PhoneNumber, own: int, minutes: int, most: int
) -> None:
    make_policy(minutes_per_call=minutes)
    publish(number, limits={"max_duration_s": own, "idle_timeout_s": 60})
    leg = place_call(number=number, to=THEIRS, by=make_dialler(), api=FakeAPI())
    limits = spec_from(Call.objects.get(leg=leg).spec).limits
    assert (limits.max_duration_s, limits.idle_timeout_s) == (most, 60)
    assert leg.max_duration_s == minutes * 60 - 5


def test_the_bots_own_word_about_machines_counts(number: PhoneNumber) -> None:
    publish(number, phone={"detect": False})
    api = FakeAPI()
    place_call(number=number, to=THEIRS, by=make_dialler(), api=api)
    assert not api.placed[0].detect_machine


@pytest.mark.django_db(transaction=True)
def test_the_money_is_set_aside_before_the_carrier_hears_of_the_call(number: PhoneNumber) -> None:
    """And stored: another connection sees it while the carrier is asked."""
    seen: list[Any] = []

    def look() -> None:
        seen.extend(CallLeg.objects.values_list("reserved", "status"))
        connection.close()

    def during(_placement: Any) -> None:
        looking = threading.Thread(target=look)
        looking.start()
        looking.join()

    place_call(number=number, to=THEIRS, by=make_dialler(), api=FakeAPI(during=during))
    assert seen == [(Decimal("0.2"), "created")]


def test_whoever_may_not_place_calls_is_told_so(number: PhoneNumber) -> None:
    api = FakeAPI()
    assert code_of(number, by=make_user("eve"), api=api) == "dial.forbidden"
    gone = make_dialler("gone", is_active=False)
    assert code_of(number, by=gone, api=api) == "dial.forbidden"
    assert api.placed == []


def test_a_refused_attempt_is_kept_with_code_sentence_and_nothing_else(number: PhoneNumber) -> None:
    BlockedNumber.objects.create(e164=THEIRS)
    assert code_of(number) == "dial.blocked"
    leg = CallLeg.objects.get()
    assert (leg.status, leg.refusal_code, leg.to_number, leg.reserved) == ("refused", "dial.blocked", THEIRS, 0)
    assert leg.refusal_sentence
    assert leg.ended_at
    assert Call.objects.count() == 0


@pytest.mark.parametrize("written", ["+49 (0)89 123456", "+49/89/123456", "+49089123456", " +49-89.12-34.56 "])
def test_another_writing_of_a_number_is_the_same_number(number: PhoneNumber, written: str) -> None:
    make_policy(calls_per_destination=1)
    place_call(number=number, to=THEIRS, by=make_dialler(), api=FakeAPI())
    assert code_of(number, to=written) == "dial.destination"
    BlockedNumber.objects.create(e164=THEIRS)
    assert code_of(number, to=written) == "dial.blocked"


def test_what_has_changed_since_the_page_was_made_counts(number: PhoneNumber) -> None:
    """Rows that were loaded earlier are not believed."""
    PhoneNumber.objects.update(may_dial_out=False)
    assert code_of(number) == "dial.number"
    PhoneNumber.objects.update(may_dial_out=True)
    CarrierAccount.objects.update(is_enabled=False)
    assert code_of(number) == "dial.number"


def test_without_a_public_address_nothing_is_placed_and_nothing_left(number: PhoneNumber, settings: Any) -> None:
    settings.VOICE = {**settings.VOICE, "PUBLIC_URL": ""}
    api = FakeAPI()
    assert code_of(number, api=api) == "public_url.missing"
    assert (api.placed, Call.objects.count()) == ([], 0)
    assert CallLeg.objects.get().status == LegStatus.REFUSED


def test_a_carrier_that_refuses_gives_the_money_back(number: PhoneNumber) -> None:
    error = CarrierRefused("The carrier refused (21215).", told="21215")
    with pytest.raises(ActionError) as caught:
        place_call(number=number, to=THEIRS, by=make_dialler(), api=FakeAPI(fails=error))
    assert (caught.value.code, caught.value.http_status, caught.value.owner) == ("carrier.refused", 502, "provider")
    leg = CallLeg.objects.get()
    assert (leg.status, leg.refusal_code, leg.reserved, leg.cost) == ("failed", "carrier.refused", 0, 0)
    assert (Call.objects.get().status, Call.objects.get().end_reason) == ("failed", "not_connected")


@pytest.mark.parametrize("error", [CarrierUnreachable("No answer.", retryable=True), CarrierError("No object.")])
def test_a_carrier_that_may_have_dialled_all_the_same_costs_one_minute(
    number: PhoneNumber, error: CarrierError
) -> None:
    with pytest.raises(ActionError):
        place_call(number=number, to=THEIRS, by=make_dialler(), api=FakeAPI(fails=error))
    leg = CallLeg.objects.get()
    assert (leg.status, leg.reserved, leg.cost_is_estimated) == ("failed", Decimal("0.02"), True)


def test_an_account_without_readable_secrets_fails_before_the_network(number: PhoneNumber) -> None:
    CarrierAccount.objects.update(encrypted=b"nonsense")
    assert code_of(number) == "carrier.keys"
    assert CallLeg.objects.get().reserved == 0


def test_a_carrier_that_gives_one_id_to_two_calls_is_not_believed(number: PhoneNumber) -> None:
    by = make_dialler()
    place_call(number=number, to=THEIRS, by=by, api=FakeAPI())
    with pytest.raises(ActionError) as caught:
        place_call(number=number, to=THEIRS, by=by, api=FakeAPI())
    assert caught.value.code == "carrier.failed"
    assert CallLeg.objects.get(carrier_call_id="").status == LegStatus.FAILED


def test_a_call_waits_for_its_stream_whichever_process_placed_it(number: PhoneNumber) -> None:
    """The command that placed it is long gone when somebody answers; nobody answers for ever."""
    leg = place_call(number=number, to=THEIRS, by=make_dialler(), api=FakeAPI())
    assert reap_calls(timezone.now() + timedelta(seconds=140)) == []
    assert leg.call_id is not None
    assert claim_call(leg.call_id) == 1
    Call.objects.update(owner="", lease_until=leg.created_at + timedelta(seconds=150))
    assert [reaped.call_id for reaped in reap_calls(timezone.now() + timedelta(seconds=200))] == [leg.call_id]


def test_calls_in_the_browser_do_not_keep_from_dialling(number: PhoneNumber, settings: Any) -> None:
    settings.VOICE = {**settings.VOICE, "MAX_CALLS_PER_USER": 1}
    by = make_dialler()
    make_call(make_bot("other"), by)
    assert place_call(number=number, to=THEIRS, by=by, api=FakeAPI()).status == LegStatus.QUEUED


@pytest.mark.parametrize(
    "custom",
    [{"a b": "x"}, {"1st": "x"}, {"": "x"}, {"a": None}, {"a": ["x"]}, {"a": "x" * 257}, {"a": True},
     {"a": "x\x00"}, {"a": "\ud800"}, {"a": float("inf")},
     {f"n{i}": "x" for i in range(17)}, {"x" * 41: "x"}, ["a"]],
)  # fmt: skip
def test_values_of_its_own_are_few_short_and_plain(number: PhoneNumber, custom: Any) -> None:
    assert code_of(number, custom=custom) == "input.custom"


def test_the_same_request_places_one_call(number: PhoneNumber) -> None:
    api, by = FakeAPI(), make_dialler()
    first = place_once(number=number, to=THEIRS, by=by, api=api, key="k1")
    again = place_once(number=number, to="+49 89 123456", by=by, api=api, key="k1")
    assert (first.again, again.again, again.leg.pk) == (False, True, first.leg.pk)
    other = place_once(number=number, to=THEIRS, by=make_dialler("dan"), api=api, key="k1")
    assert other.leg.pk != first.leg.pk
    assert len(api.placed) == 2
    assert "k1" not in str(CallLeg.objects.values_list("request_key", flat=True))


def test_a_key_belongs_to_one_call_and_is_a_short_text(number: PhoneNumber) -> None:
    api, by = FakeAPI(), make_dialler()
    place_once(number=number, to=THEIRS, by=by, api=api, key="k1")
    for more in ({"to": "+498954321"}, {"bot": make_bot("other")}, {"custom": {"a": "b"}}, {"key": "x" * 201},
                 {"key": "a\nb"}):  # fmt: skip
        with pytest.raises(ActionError) as caught:
            place_once(**{"number": number, "to": THEIRS, "by": by, "api": api, "key": "k1", **more})
        assert caught.value.code == "input.request_key"
    assert len(api.placed) == 1


def test_no_number_and_no_secret_is_logged(number: PhoneNumber, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    by = make_dialler()
    place_call(number=number, to=THEIRS, by=by, api=FakeAPI())
    with pytest.raises(ActionError):
        place_call(number=number, to=THEIRS, by=by, api=FakeAPI(fails=CarrierUnreachable("No answer.")))
    BlockedNumber.objects.create(e164=THEIRS)
    assert code_of(number) == "dial.blocked"
    said = repr([record.__dict__ for record in caplog.records if not record.name.startswith("django.db")])
    assert "a call could not be placed at its carrier" in said
    for hidden in (THEIRS, THEIRS[1:], OURS, SECRET):
        assert hidden not in said

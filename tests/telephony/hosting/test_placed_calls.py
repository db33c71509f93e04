"""Calls that were placed, from the moment they are taken: who took them is known to the bot and stands on the leg."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bots.engine.testing.tapes import TapeSTT
from bots.hosting.database import in_database
from bots.hosting.host import CallHost
from bots.hosting.switchboard import Switchboard
from bots.models import Bot, Call, CallEvent
from telephony.actions.place_call import place_call
from telephony.actions.record_status import record_status
from telephony.actions.stream_tokens import issue_stream_token
from telephony.carriers.base import StatusReport
from telephony.models import AnsweredBy, CallLeg, CarrierAccount, LegStatus, PhoneNumber
from tests.bots.hosting.stage import over, until
from tests.telephony.dialling import THEIRS, FakeAPI, make_dialler, make_policy
from tests.telephony.phone import Interface, Phone
from tests.telephony.rows import make_account, make_number, quick_bot
from tests.telephony.wire import line_of

pytestmark = pytest.mark.django_db(transaction=True)


def placed(**phone: Any) -> tuple[CallLeg, str]:
    """A call that is out, and the token of its stream."""
    make_policy()
    account: CarrierAccount = make_account("twilio")
    bot: Bot = quick_bot(phone={"detect": True, **phone})
    number: PhoneNumber = make_number(account, bot, may_dial_out=True)
    leg = place_call(number=number, to=THEIRS, by=make_dialler(), api=FakeAPI())
    return leg, issue_stream_token(leg)


async def taken(board: Switchboard, **phone: Any) -> tuple[Phone, CallHost, CallLeg]:
    """Somebody took it; its stream runs."""
    leg, token = await in_database(placed, **phone)
    far = Phone("twilio", token, line_of("twilio", leg.carrier_call_id))
    far.begin()
    host = await until(lambda: board.hosts.get(leg.call_id))
    await asyncio.sleep(0.1)
    return far, host, leg


def events_of(call: Call, kind: str) -> list[Any]:
    return list(CallEvent.objects.filter(call=call, kind=kind).order_by("seq").values_list("data", flat=True))


async def test_a_machine_that_greets_is_hung_up_on_and_stands_on_the_leg(
    board: Switchboard, interface: Interface, ears: list[TapeSTT]
) -> None:
    """T17: the bot says nothing to it."""
    far, host, leg = await taken(board)
    await far.say(ears[0], "please leave a message after the tone", 1.0)
    call = await over(host)
    assert (call.status, call.end_reason, far.heard_s) == ("ended", "machine", 0.0)
    (found,) = await in_database(events_of, call, "answer.detected")
    assert (found["kind"], found["by"]) == ("machine", "words")
    leg = await in_database(CallLeg.objects.get, pk=leg.pk)
    assert leg.answered_by == AnsweredBy.MACHINE
    assert leg.hung_up_at is not None
    assert interface.open == 0


async def test_a_person_is_greeted_after_the_first_words_and_stands_on_the_leg(
    board: Switchboard, interface: Interface, ears: list[TapeSTT]
) -> None:
    far, host, leg = await taken(board)
    assert far.heard_s == 0.0
    await far.say(ears[0], "hello")
    await far.heard_out()
    far.hang_up()
    call = await over(host)
    assert call.end_reason == "caller_hung_up"
    assert (await in_database(CallLeg.objects.get, pk=leg.pk)).answered_by == AnsweredBy.HUMAN


async def test_what_the_carrier_finds_late_is_heard_by_the_running_call(
    board: Switchboard, interface: Interface, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told to whichever process, read from the leg by the one that runs the call; the message is left then."""
    monkeypatch.setattr("bots.hosting.answering.ASK_EVERY_S", 0.1)
    far, host, leg = await taken(board, on_machine="leave_message", machine_message="Please call us back.")
    report = StatusReport(leg.carrier_call_id, LegStatus.ANSWERED, answered_by=AnsweredBy.MACHINE)
    await in_database(record_status, leg.pk, report)
    call = await over(host)
    assert call.end_reason == "machine"
    (found,) = await in_database(events_of, call, "answer.detected")
    assert (found["kind"], found["by"]) == ("machine", "carrier")
    (turn,) = await in_database(events_of, call, "bot.turn")
    assert turn["text"] == "Please call us back."
    assert far.heard_s > 0.2

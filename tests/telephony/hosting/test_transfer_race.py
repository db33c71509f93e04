"""The carrier stops the stream when it takes a transfer, sooner or later than it answers (TEL-23)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from bots.engine.testing.tapes import TapeCall, TapeLLM, TapeReply
from bots.engine.tools.egress.client import EgressRequest, EgressResponse
from bots.hosting.database import in_database
from bots.hosting.switchboard import Switchboard
from tests.bots.hosting.stage import canned, over
from tests.telephony.actions.test_transfers import policy
from tests.telephony.hosting.test_inbound_calls import dialled, house
from tests.telephony.phone import Interface, tape_ear, tape_voice

pytestmark = pytest.mark.django_db(transaction=True)
TOOL = {
    "name": "hand_on", "kind": "call.transfer", "description": "Hand on.", "properties": {},
    "settings": {"targets": {"sales": "+493023125777"}},
}  # fmt: skip


@pytest.mark.parametrize("carrier", ["twilio", "telnyx", "plivo"])
@pytest.mark.parametrize(("answer_s", "status"), [(0.0, 200), (0.3, 200), (0.3, 500)])
async def test_whose_call_it_is_says_the_carrier(
    board: Switchboard, interface: Interface, ears: list[Any], monkeypatch: pytest.MonkeyPatch, carrier: str,
    answer_s: float, status: int,
) -> None:  # fmt: skip
    """A caller who was handed on is not hung up by us; one whom the carrier did not take is (TEL-07)."""
    ears.append(tape_ear())
    replies = [TapeReply("Yes.", [TapeCall("hand_on", {"to": "sales"})], first=0.0)]
    board._providers = canned(pocketsphinx=lambda: ears[0], espeak=tape_voice, scripted=lambda: TapeLLM(replies))
    await in_database(policy)
    account = await in_database(lambda: house(carrier, tools=[TOOL]))
    phone, host = await dialled(account, board)
    await phone.heard_out()
    asked: list[str] = []

    async def send(request: EgressRequest) -> EgressResponse:
        body = (request.content or b"").decode()
        asked.append(f"{request.method} {request.url} {body}")
        if "next" not in body:
            return EgressResponse(200, {}, b"{}")
        phone.hang_up()
        await asyncio.sleep(answer_s)
        return EgressResponse(status, {}, b"{}")

    monkeypatch.setattr(interface, "send", send)
    await phone.say(ears[0], "sales please")
    call = await over(host)
    ends = [one for one in asked if "Status=completed" in one or "/actions/hangup" in one or one.startswith("DELETE")]
    assert call.end_reason == "transferred"
    assert bool(ends) is (status != 200), asked

"""What tools may do with a running call's line: one transfer at a time, and none that is nobody's (TEL-23)."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import pytest

from bots.engine.spec import ToolSpec
from bots.engine.tools.call_control import TRANSFER_WITHIN_S
from bots.engine.tools.outfit import rules_of
from bots.engine.tools.phone_line import Transfer
from telephony.hosting.phone_line import CarrierPhoneLine, TransferFailed

ORDER = Transfer("sales", "+493023125777")


class Slow:
    """A carrier that answers when it is let."""

    def __init__(self) -> None:
        self.redirected = 0
        self.asked, self.go = asyncio.Event(), asyncio.Event()

    async def redirect(self, carrier_call_id: str, url: str) -> None:
        self.redirected += 1
        self.asked.set()
        await self.go.wait()


def line_of(api: Any) -> CarrierPhoneLine:
    async def prepare(leg_id: uuid.UUID, order: Transfer) -> str:
        await asyncio.sleep(0)
        return "https://voice.example/next"

    return CarrierPhoneLine(uuid.uuid4(), "CA1", api, prepare)


async def test_a_second_transfer_waits_for_nobody_and_is_refused() -> None:
    api = Slow()
    line = line_of(api)
    first = asyncio.create_task(line.transfer(ORDER))
    await asyncio.sleep(0)
    for _ in range(3):
        with pytest.raises(TransferFailed, match="being connected already"):
            await line.transfer(ORDER)
        await asyncio.sleep(0)
    api.go.set()
    await first
    assert (line.handed_on, api.redirected) == (True, 1)
    with pytest.raises(TransferFailed):
        await line.transfer(ORDER)


async def test_a_call_whose_transfer_was_broken_off_is_ours_to_end() -> None:
    """TEL-07: else it would not be hung up at the carrier."""
    api = Slow()
    line = line_of(api)
    broken = asyncio.create_task(line.transfer(ORDER))
    async with asyncio.timeout(5):
        await api.asked.wait()
    broken.cancel()
    await asyncio.gather(broken, return_exceptions=True)
    assert not line.handed_on
    api.go.set()
    await line.transfer(ORDER)
    assert line.handed_on


def test_a_transfer_has_time_for_what_was_said_and_for_the_carrier_however_short_its_limit() -> None:
    """FUNC-17, TEL-23."""
    tool = ToolSpec("hand_on", "call.transfer", timeout_s=1.0)
    assert rules_of(tool, "en").timeout_s == TRANSFER_WITHIN_S
    assert rules_of(ToolSpec("now", "clock.now", timeout_s=1.0), "en").timeout_s == 1.0

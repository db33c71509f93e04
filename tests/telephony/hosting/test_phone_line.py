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
from telephony.carriers.errors import CarrierUnreachable
from telephony.hosting.phone_line import CarrierPhoneLine, TransferFailed

ORDER = Transfer("sales", "+493023125777")


class Slow:
    """A carrier that answers when it is let."""

    def __init__(self) -> None:
        self.redirected = 0
        self.asked, self.go = asyncio.Event(), asyncio.Event()
        self.fails: Exception | None = None

    async def redirect(self, carrier_call_id: str, url: str) -> None:
        self.redirected += 1
        self.asked.set()
        await self.go.wait()
        if self.fails is not None:
            raise self.fails


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


@pytest.mark.parametrize("taken", [True, False])
async def test_a_transfer_that_was_broken_off_here_is_whose_the_carrier_says(taken: bool) -> None:
    """TEL-07: a call that nobody took over is hung up; one that somebody took is not."""
    api = Slow()
    line = line_of(api)
    broken = asyncio.create_task(line.transfer(ORDER))
    async with asyncio.timeout(5):
        await api.asked.wait()
    broken.cancel()
    await asyncio.gather(broken, return_exceptions=True)
    api.fails = None if taken else CarrierUnreachable("No answer.", retryable=True)
    api.go.set()
    await line.settled()
    assert line.handed_on is taken
    if not taken:
        api.fails = None
        await line.transfer(ORDER)
        assert line.handed_on


async def test_a_call_without_a_transfer_is_settled() -> None:
    line = line_of(Slow())
    await line.settled()
    assert not line.handed_on


def test_a_transfer_has_time_for_what_was_said_and_for_the_carrier_however_short_its_limit() -> None:
    """FUNC-17, TEL-23."""
    tool = ToolSpec("hand_on", "call.transfer", settings={"targets": {"sales": ORDER.target}}, timeout_s=1.0)
    assert rules_of(tool, "en").timeout_s == TRANSFER_WITHIN_S
    assert rules_of(ToolSpec("now", "clock.now", timeout_s=1.0), "en").timeout_s == 1.0

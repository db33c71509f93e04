"""What a bot's tools may do with a telephone line (PROD-22, TEL-23)."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable

from bots.engine.errors import ToolError
from bots.engine.tools.phone_line import Transfer
from telephony.carriers.base import CarrierAPI
from telephony.carriers.errors import CarrierError


class TransferFailed(ToolError):
    """The carrier did not take the transfer."""

    code = "tool.transfer_failed"
    next_step = "Look at the carrier's console for what it says about this call."


Prepare = Callable[[uuid.UUID, Transfer], Awaitable[str]]
"""Stores whom a leg is to be connected with and returns the address that the carrier asks then; may refuse."""


class CarrierPhoneLine:
    """One leg's line. ``in_flow``: the carrier takes no call off its stream; its flow asks once the stream is over."""

    can_transfer = True

    def __init__(
        self, leg_id: uuid.UUID, carrier_call_id: str, api: CarrierAPI, prepare: Prepare, *, in_flow: bool = False
    ) -> None:
        self._leg_id, self._call_id, self._api, self._prepare = leg_id, carrier_call_id, api, prepare
        self._in_flow = in_flow
        self._connecting = False
        self._asking: asyncio.Future[CarrierError | None] | None = None
        self.handed_on = False
        """The call goes on without us: it is not hung up with our pipeline."""
        self.leave: Callable[[], None] = _stay
        """Ends our part of the call once all is said; set by who runs it."""

    @property
    def can_send_digits(self) -> bool:
        """Keys are played as their tones (DTMF-06)."""
        return True

    async def transfer(self, order: Transfer) -> None:
        """Connect the caller with a number or a SIP address; raises a ``ToolError`` when that cannot be."""
        if self._connecting or self.handed_on:
            raise TransferFailed("The caller is being connected already.")
        self._connecting = True
        try:
            await self._hand_on(order)
        finally:
            self._connecting = False

    async def _hand_on(self, order: Transfer) -> None:
        url = await self._prepare(self._leg_id, order)
        self.handed_on = True  # before the carrier acts: it may end the stream sooner than it answers
        if self._in_flow:
            self.leave()
            return
        self._asking = asyncio.ensure_future(self._redirect(url))
        error = await asyncio.shield(self._asking)
        if error is not None:
            raise TransferFailed(f"The carrier did not take the transfer ({error.code}).") from error

    async def _redirect(self, url: str) -> CarrierError | None:
        """Ask the carrier; only its answer tells whose call it is, however the tool or the stream ends meanwhile."""
        taken = False
        try:
            await self._api.redirect(self._call_id, url)
            taken = True
        except CarrierError as error:
            return error
        finally:
            self.handed_on = taken
        return None

    async def settled(self) -> None:
        """Wait until the carrier has said whether it takes a transfer that it was asked for."""
        if self._asking is not None:
            await asyncio.wait({self._asking})


def _stay() -> None:
    """Nobody runs the call."""

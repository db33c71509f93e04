"""What a bot's tools may do with a telephone line (PROD-22, TEL-23)."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable

from bots.engine.errors import ToolError
from telephony.carriers.base import CarrierAPI
from telephony.carriers.errors import CarrierError


class TransferFailed(ToolError):
    """The carrier did not take the transfer."""

    code = "tool.transfer_failed"
    next_step = "Look at the carrier's console for what it says about this call."


Prepare = Callable[[uuid.UUID, str], Awaitable[str]]
"""Stores whom a leg is to be connected with and returns the address that the carrier asks then; may refuse."""


class CarrierPhoneLine:
    """One leg's line. ``can_transfer``: the carrier can take a call off its stream."""

    def __init__(
        self, leg_id: uuid.UUID, carrier_call_id: str, api: CarrierAPI, prepare: Prepare, *, can_transfer: bool
    ) -> None:
        self._leg_id, self._call_id, self._api, self._prepare = leg_id, carrier_call_id, api, prepare
        self.can_transfer = can_transfer
        self.handed_on = False
        """The call goes on without us: it is not hung up with our pipeline."""

    @property
    def can_send_digits(self) -> bool:
        """Keys are played as their tones (DTMF-06)."""
        return True

    async def transfer(self, target: str) -> None:
        """Connect the caller with a number or a SIP address; raises a ``ToolError`` when that cannot be."""
        url = await self._prepare(self._leg_id, target)
        try:
            await self._api.redirect(self._call_id, url)
        except CarrierError as error:
            raise TransferFailed(f"The carrier did not take the transfer ({error.code}).") from error
        self.handed_on = True

"""Whom a call is handed on to: checked like any call that is paid for, then kept for the carrier (TEL-23)."""

from __future__ import annotations

import uuid

from bots.actions.errors import ActionError
from bots.engine.tools.phone_line import Transfer
from bots.hosting.database import in_database
from telephony.actions.begin_transfer import begin_transfer

from .phone_line import TransferFailed


async def prepare_transfer(leg_id: uuid.UUID, order: Transfer) -> str:
    """Store the order and return the address that the carrier asks for it; a refused one is a tool's failure."""
    try:
        return await in_database(begin_transfer, leg_id=leg_id, order=order)
    except ActionError as error:
        raise TransferFailed(f"The transfer is not allowed ({error.code}): {error.message}") from error

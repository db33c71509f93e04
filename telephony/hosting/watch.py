"""Ends calls of this process of which a carrier has told, to whichever process, that they are over (reliability T4)."""

from __future__ import annotations

import asyncio
import uuid

from bots.engine.core.outcome import EndReason
from bots.hosting.database import in_database
from bots.hosting.switchboard import switchboard
from telephony.selectors.legs_over import calls_over

GRACE_S = 2.0
"""How long a call is left to end by itself: its stream stops at about the time at which the carrier tells."""


class LegWatch:
    """Looks after the running telephone calls of a process, each time that it is called."""

    def __init__(self) -> None:
        self._over_since: dict[uuid.UUID, float] = {}

    async def __call__(self) -> None:
        """Look once. Raises DatabaseError."""
        phones = {id_: host.telephone for id_, host in switchboard().hosts.items() if host.telephone is not None}
        over = await in_database(calls_over, list(phones)) if phones else set()
        now = asyncio.get_running_loop().time()
        self._over_since = {call_id: self._over_since.get(call_id, now) for call_id in over}
        for call_id, since in self._over_since.items():
            host = switchboard().hosts.get(call_id)
            if host is not None and now - since >= GRACE_S:
                await host.end(EndReason.TRANSFERRED if phones[call_id].handed_on else EndReason.CALLER_HUNG_UP)

"""Ends calls of this process of which a carrier has told, to whichever process, that they are over (reliability T4)."""

from __future__ import annotations

import asyncio
import uuid

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
        hosts = {call_id: host for call_id, host in switchboard().hosts.items() if host.by_telephone}
        over = await in_database(calls_over, list(hosts)) if hosts else set()
        now = asyncio.get_running_loop().time()
        self._over_since = {call_id: self._over_since.get(call_id, now) for call_id in over}
        for call_id, since in self._over_since.items():
            if now - since >= GRACE_S:
                await hosts[call_id].over_at_carrier()

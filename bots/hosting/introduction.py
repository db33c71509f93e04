"""What a client is told of its call when it comes, and when it comes back."""

from __future__ import annotations

import logging
import uuid
from typing import TYPE_CHECKING, Any

from django.db import Error as DatabaseFailure

from bots.actions.call_tokens import issue_resume_token
from bots.engine.clock import SystemClock
from bots.engine.rtvi.processor import RTVIProcessor
from bots.engine.transports.relay import RelayTransport
from bots.models import Call

from .database import in_database
from .history import ShownTurns, history_message

if TYPE_CHECKING:
    from .host import CallFacts

log = logging.getLogger(__name__)


class Introduction:
    """Tells clients what they may know, with the secret by which they can come back."""

    def __init__(self, facts: CallFacts, transport: RelayTransport, clock: SystemClock, turns: ShownTurns) -> None:
        self._facts, self._transport, self._clock, self._turns = facts, transport, clock, turns
        self._resume_token = facts.resume_token

    async def welcome(self, rtvi: RTVIProcessor) -> None:
        """Introduce the call to its first client, with what was said in the call that it goes on from."""
        await self._introduce(rtvi, resumed=False)
        if self._facts.history:
            await rtvi.send_server_message(history_message(self._facts.history))

    async def welcome_back(self, rtvi: RTVIProcessor) -> None:
        """Introduce it again; its secret is a new one."""
        await self._renew_resume_token()
        await self._introduce(rtvi, resumed=True)

    async def _introduce(self, rtvi: RTVIProcessor, *, resumed: bool) -> None:
        line = self._transport.line
        told: dict[str, Any] = {
            **self._facts.shown(), "resume_token": self._resume_token, "resumed": resumed,
            "transport": line.name if line else "", "started_at": self._clock.started_at.isoformat(),
        }  # fmt: skip
        await rtvi.send_server_message(told)

    async def _renew_resume_token(self) -> None:
        """A token is good for one return; without the database the one that the client has stays good."""
        try:
            self._resume_token = await in_database(new_resume_token, self._facts.id)
        except DatabaseFailure:
            log.exception("a resume token could not be renewed", extra={"call": str(self._facts.id)})


def new_resume_token(call_id: uuid.UUID) -> str:
    """Make and return the secret with which the call's client can come back; the earlier one is void."""
    return issue_resume_token(Call.objects.get(pk=call_id))

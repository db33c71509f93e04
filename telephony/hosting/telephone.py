"""The carrier's side of a hosted call: what tools may do with its line, and how it ends (TEL-07, TEL-14)."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable

from django.db import DatabaseError
from django.utils import timezone

from bots.engine.errors import EngineError
from bots.hosting.database import in_database
from telephony.carriers.base import CarrierAPI
from telephony.models import FINAL_LEG, AnsweredBy, CallLeg

from .phone_line import CarrierPhoneLine

log = logging.getLogger(__name__)

HANG_UP_S = 8.0
ASKED_S = 1.0


class CarrierTelephone:
    """A call at its carrier; ``api`` is closed with the call."""

    def __init__(self, leg_id: uuid.UUID, carrier_call_id: str, api: CarrierAPI, phone_line: CarrierPhoneLine) -> None:
        self._leg_id, self._call_id, self._api = leg_id, carrier_call_id, api
        self._phone_line = phone_line

    @property
    def phone_line(self) -> CarrierPhoneLine:
        """What tools may do with the line."""
        return self._phone_line

    @property
    def handed_on(self) -> bool:
        """Whether the call goes on without us."""
        return self._phone_line.handed_on

    async def is_over(self) -> bool:
        """Whether the carrier has said that the call is over; a database that is away knows of nothing."""
        try:
            async with asyncio.timeout(ASKED_S):
                return await in_database(_is_over, self._leg_id)
        except (TimeoutError, DatabaseError):
            return False

    async def carrier_answer(self) -> str:
        """Who took the call as the leg has it; a database that is away knows of nothing."""
        try:
            async with asyncio.timeout(ASKED_S):
                return await in_database(_answer, self._leg_id)
        except (TimeoutError, DatabaseError):
            return ""

    async def answered_by(self, kind: str) -> None:
        """Keep with the leg who took the call (lessons T17)."""
        try:
            async with asyncio.timeout(ASKED_S):
                await in_database(_keep_answer, self._leg_id, kind)
        except (TimeoutError, DatabaseError):
            log.warning("who took a call was not kept", extra={"leg": str(self._leg_id)})

    def when_handed_on(self, leave: Callable[[], None]) -> None:
        """Let the line end our part of the call."""
        self._phone_line.leave = leave

    async def hang_up(self, reason: str) -> None:
        """End the call at the carrier unless it goes on elsewhere; never raises, done within eight seconds."""
        try:
            async with asyncio.timeout(HANG_UP_S):
                await self._phone_line.settled()
                if not self.handed_on:
                    await self._api.hang_up(self._call_id)
                    await in_database(_note_hang_up, self._leg_id)
        except EngineError as error:
            log.warning(
                "a call could not be hung up at its carrier", extra={"leg": str(self._leg_id), "code": error.code}
            )
        except (TimeoutError, DatabaseError):
            log.warning("a call was not hung up in time", extra={"leg": str(self._leg_id)})
        finally:
            await self._api.aclose()

    async def close(self) -> None:
        """Let the carrier's interface go without a word: the call did not come to be."""
        await self._api.aclose()


def _is_over(leg_id: uuid.UUID) -> bool:
    return CallLeg.objects.filter(pk=leg_id, status__in=FINAL_LEG).exists()


def _answer(leg_id: uuid.UUID) -> str:
    found = CallLeg.objects.filter(pk=leg_id).values_list("answered_by", flat=True).first() or ""
    return "" if found == AnsweredBy.UNKNOWN else found


def _keep_answer(leg_id: uuid.UUID, kind: str) -> None:
    if kind in AnsweredBy.values:
        CallLeg.objects.filter(pk=leg_id).update(answered_by=kind)


def _note_hang_up(leg_id: uuid.UUID) -> None:
    CallLeg.objects.filter(pk=leg_id, hung_up_at__isnull=True).update(hung_up_at=timezone.now())

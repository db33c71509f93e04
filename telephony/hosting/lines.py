"""From a leg to what its call needs while it runs: plain facts, the carrier's interface, the line for tools."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from bots.engine.transports.media_stream import StreamStarted
from telephony.carriers import carrier_named
from telephony.carriers.base import AccountAccess
from telephony.models import CallLeg
from telephony.selectors.access import access_of

from .phone_line import CarrierPhoneLine
from .telephone import CarrierTelephone
from .transfer import prepare_transfer

CANNOT_REDIRECT = {"exotel"}


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """What a media socket knows of its leg."""

    leg_id: uuid.UUID
    call_id: uuid.UUID
    carrier: str
    carrier_call_id: str
    account: AccountAccess


def facts_of(leg_id: uuid.UUID) -> StreamFacts:
    """Load a leg. Raises UnreadableCredential."""
    leg = CallLeg.objects.select_related("account").get(pk=leg_id)
    assert leg.call_id is not None  # noqa: S101 (a leg without a call has no token)
    return StreamFacts(leg.pk, leg.call_id, leg.account.carrier, leg.carrier_call_id, access_of(leg.account))


def telephone_for(facts: StreamFacts, carrier_call_id: str) -> CarrierTelephone:
    """Return the carrier's side of a call."""
    api = carrier_named(facts.carrier).api(facts.account)
    can_transfer = facts.carrier not in CANNOT_REDIRECT
    line = CarrierPhoneLine(facts.leg_id, carrier_call_id, api, prepare_transfer, can_transfer=can_transfer)
    return CarrierTelephone(facts.leg_id, carrier_call_id, api, line)


def note_stream(leg_id: uuid.UUID, started: StreamStarted) -> None:
    """Keep the stream's ids with the leg; a call whose stream runs was answered."""
    leg = CallLeg.objects.get(pk=leg_id)
    leg.stream_id = started.stream_id[:120]
    leg.carrier_call_id = leg.carrier_call_id or started.call_id[:120]
    leg.save(update_fields=["stream_id", "carrier_call_id"])

"""From a leg to what its call needs while it runs: plain facts, the carrier's interface, the line for tools."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from bots.actions.errors import ActionError
from bots.engine.transports.media_stream import StreamStarted
from bots.models import UnreadableCredential
from telephony.actions.give_up_stream import give_up_stream
from telephony.actions.record_status import record_status
from telephony.actions.stream_tokens import open_stream
from telephony.carriers import carrier_named
from telephony.carriers.base import AccountAccess, StatusReport
from telephony.models import CallLeg, LegStatus
from telephony.selectors.access import access_of

from .phone_line import CarrierPhoneLine
from .telephone import CarrierTelephone
from .transfer import prepare_transfer


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """What a media socket knows of its leg."""

    leg_id: uuid.UUID
    call_id: uuid.UUID
    carrier: str
    carrier_call_id: str
    account: AccountAccess


def stream_of(token: str, carrier: str) -> StreamFacts:
    """Spend a token and load its leg. Raises ActionError ``stream.refused``; then no call waits for this stream."""
    leg = open_stream(token, carrier=carrier)
    try:
        return facts_of(leg)
    except UnreadableCredential:
        assert leg.call_id is not None  # noqa: S101 (a leg without a call has no token)
        give_up_stream(call_id=leg.call_id, code="credential.unreadable")
        raise ActionError("stream.refused", "The account's secrets cannot be read.", http_status=403) from None


def facts_of(leg: CallLeg) -> StreamFacts:
    """Return what a socket needs of a leg. Raises UnreadableCredential."""
    assert leg.call_id is not None  # noqa: S101 (a leg without a call has no token)
    return StreamFacts(leg.pk, leg.call_id, leg.account.carrier, leg.carrier_call_id, access_of(leg.account))


def telephone_for(facts: StreamFacts, carrier_call_id: str = "") -> CarrierTelephone:
    """Return the carrier's side of a call."""
    api = carrier_named(facts.carrier).api(facts.account)
    in_flow = carrier_named(facts.carrier).connects_in_flow
    call_id = carrier_call_id or facts.carrier_call_id
    line = CarrierPhoneLine(facts.leg_id, call_id, api, prepare_transfer, in_flow=in_flow)
    return CarrierTelephone(facts.leg_id, call_id, api, line)


def note_stream(leg_id: uuid.UUID, started: StreamStarted) -> None:
    """Keep the stream's ids with the leg; a call whose stream runs was answered."""
    CallLeg.objects.filter(pk=leg_id).update(stream_id=started.stream_id[:120])
    CallLeg.objects.filter(pk=leg_id, carrier_call_id="").update(carrier_call_id=started.call_id[:120])
    record_status(leg_id, StatusReport(started.call_id, LegStatus.ANSWERED))

"""Asks carriers about calls of which nothing was heard for too long, and closes them (reliability T5)."""

import asyncio
import logging
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from bots.engine.errors import EngineError
from bots.models import FINAL_STATUSES, UnreadableCredential
from telephony.actions.record_status import record_status
from telephony.carriers.base import CarrierAPI, StatusReport
from telephony.carriers.rest import NotThere
from telephony.models import OPEN_LEG, CallLeg, LegStatus
from telephony.selectors.access import api_of

log = logging.getLogger(__name__)

OVER_FOR = timedelta(seconds=60)
NEVER_CONNECTED = timedelta(seconds=90)
ASK_AGAIN = timedelta(seconds=60)
GIVEN_UP = timedelta(minutes=5)
AT_ONCE = 50


def legs_in_doubt(now: datetime) -> list[CallLeg]:
    """Legs that should be over, or should have begun, and were not asked about within the last minute."""
    ours_is_over = Q(call__status__in=FINAL_STATUSES, call__ended_at__lt=now - OVER_FOR)
    never_began = Q(token_used_at__isnull=True, created_at__lt=now - NEVER_CONNECTED)
    asked_lately = Q(checked_at__gt=now - ASK_AGAIN)
    found = CallLeg.objects.select_related("account", "call").filter(ours_is_over | never_began, status__in=OPEN_LEG)
    return list(found.exclude(asked_lately).order_by("created_at")[:AT_ONCE])


def reconcile_legs(now: datetime | None = None) -> int:
    """Close what is over; answers how many legs became final. A carrier that cannot be asked is asked again."""
    now = now or timezone.now()
    closed = 0
    for leg in legs_in_doubt(now):
        CallLeg.objects.filter(pk=leg.pk).update(checked_at=now)
        report = _asked(leg)
        late = now - max(leg.created_at, (leg.call.ended_at if leg.call else None) or leg.created_at) > GIVEN_UP
        if report is None and late:
            report = StatusReport(leg.carrier_call_id, LegStatus.FAILED, cause="unknown")
        if report is not None:
            record_status(leg.pk, report)
            closed += CallLeg.objects.get(pk=leg.pk).is_final
    return closed


def _asked(leg: CallLeg) -> StatusReport | None:
    """What the carrier says; None where it could not be asked."""
    if not leg.carrier_call_id:
        return None
    try:
        return asyncio.run(_ask(api_of(leg.account), leg.carrier_call_id))
    except NotThere:
        return StatusReport(leg.carrier_call_id, LegStatus.COMPLETED, cause="not_there")
    except (EngineError, UnreadableCredential) as error:
        log.warning("a carrier could not be asked about a call", extra={"leg": str(leg.pk), "code": error.code})
        return None


async def _ask(api: CarrierAPI, carrier_call_id: str) -> StatusReport:
    try:
        return await api.status(carrier_call_id)
    finally:
        await api.aclose()

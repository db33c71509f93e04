"""Asks carriers about calls of which nothing was heard for too long, and closes them (reliability T5)."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db import DatabaseError
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from bots.engine.core.outcome import EndReason
from bots.engine.errors import EngineError
from bots.models import FINAL_STATUSES, UnreadableCredential
from telephony.actions.go_on import RING_S
from telephony.actions.record_status import record_status
from telephony.carriers.base import CarrierAPI, StatusReport
from telephony.carriers.rest import NotThere
from telephony.models import OPEN_LEG, CallLeg, CarrierAccount, LegStatus
from telephony.selectors.access import api_of

log = logging.getLogger(__name__)

OVER_FOR = timedelta(seconds=60)
NEVER_CONNECTED = timedelta(seconds=90)
"""A telephone rings for half a minute, and where a network is slow for a whole one."""
ASK_AGAIN = timedelta(seconds=55)
"""Less than two of the job's rounds, which are never quite half a minute apart."""
GIVEN_UP = timedelta(minutes=2)
"""After the first of its questions that was not answered: the third; no row is open after five minutes."""
AT_ONCE, SIDE_BY_SIDE = 40, 10
"""A round with a carrier that answers nothing is over before the next one begins."""

ApiOf = Callable[[CarrierAccount], CarrierAPI]


def legs_in_doubt(now: datetime) -> list[CallLeg]:
    """Legs that should be over, or should have begun, and were not asked about within the last minute."""
    ours_is_over = Q(call__status__in=FINAL_STATUSES, call__ended_at__lt=now - OVER_FOR)
    may_begin = Q(token_expires_at__gt=now)
    never_began = Q(token_used_at__isnull=True, created_at__lt=now - NEVER_CONNECTED) & ~may_begin
    asked_lately = Q(checked_at__gt=now - ASK_AGAIN)
    dialled = CallLeg.objects.filter(parent=OuterRef("pk"), status__in=OPEN_LEG, ringing_at__isnull=False)
    callers = CallLeg.objects.filter(parent__isnull=True, status__in=OPEN_LEG)  # a transfer's leg ends with its parent
    found = callers.select_related("account", "call").filter(ours_is_over | never_began)
    found = found.annotate(is_connected=Exists(dialled)).exclude(asked_lately)
    return list(found.order_by(F("checked_at").asc(nulls_first=True), "created_at")[:AT_ONCE])


def reconcile_legs(now: datetime | None = None, api_for: ApiOf = api_of) -> int:
    """Close what is over; answers how many legs became final. A carrier that cannot be asked is asked again.

    A call that goes on at its carrier although ours is over, and was not handed on, is hung up once more.
    """
    now = now or timezone.now()
    legs = legs_in_doubt(now)
    if not legs:
        return 0
    CallLeg.objects.filter(pk__in=[leg.pk for leg in legs]).update(checked_at=now)
    reports = asyncio.run(_ask_all(legs, api_for))
    closed = 0
    for leg, report in zip(legs, reports, strict=True):
        try:
            closed += _settle(leg, report, now)
        except DatabaseError:
            log.exception("a leg waits for the database", extra={"leg": str(leg.pk)})
    return closed


def _settle(leg: CallLeg, report: StatusReport | None, now: datetime) -> bool:
    since = None if report is not None else leg.silent_since or now
    if since != leg.silent_since:
        CallLeg.objects.filter(pk=leg.pk).update(silent_since=since)
    if since is not None and now - since >= GIVEN_UP and not _may_talk_on(leg, now):
        report = StatusReport(leg.carrier_call_id, LegStatus.FAILED, at=now, cause="unknown")
    if report is not None:
        record_status(leg.pk, report)
    return report is not None and report.status not in OPEN_LEG


def _may_talk_on(leg: CallLeg, now: datetime) -> bool:
    """Whether the caller may be talking with somebody else: then nobody's silence says that it is over."""
    dialled = leg.transfers.filter(status__in=OPEN_LEG, ringing_at__isnull=False).first()
    if dialled is None or dialled.ringing_at is None:
        return False
    return now < dialled.ringing_at + timedelta(seconds=RING_S + dialled.max_duration_s)


async def _ask_all(legs: Sequence[CallLeg], api_for: ApiOf) -> list[StatusReport | None]:
    turns = asyncio.Semaphore(SIDE_BY_SIDE)

    async def ask(leg: CallLeg) -> StatusReport | None:
        async with turns:
            return await _ask(leg, api_for)

    return list(await asyncio.gather(*(ask(leg) for leg in legs)))


async def _ask(leg: CallLeg, api_for: ApiOf) -> StatusReport | None:
    """What the carrier says; None where it could not be asked."""
    if not leg.carrier_call_id:
        return None
    try:
        api = api_for(leg.account)
    except (EngineError, UnreadableCredential) as error:
        _unasked(leg, error)
        return None
    try:
        report = await api.status(leg.carrier_call_id)
        if report.status in OPEN_LEG and _is_left_behind(leg):
            await _hang_up(leg, api)
        return report
    except NotThere:
        was_answered = leg.status == LegStatus.ANSWERED
        status = LegStatus.COMPLETED if was_answered else LegStatus.FAILED
        return StatusReport(leg.carrier_call_id, status, cause="not_there")
    except EngineError as error:
        _unasked(leg, error)
        return None
    finally:
        await api.aclose()


async def _hang_up(leg: CallLeg, api: CarrierAPI) -> None:
    log.warning("a call that is over goes on at its carrier", extra={"leg": str(leg.pk)})
    try:
        await api.hang_up(leg.carrier_call_id)
    except EngineError as error:
        _unasked(leg, error)


def _unasked(leg: CallLeg, error: Exception) -> None:
    code = getattr(error, "code", "credential.unreadable")
    log.warning("a carrier could not be asked about a call", extra={"leg": str(leg.pk), "code": code})


def _is_left_behind(leg: CallLeg) -> bool:
    """Whether nobody talks with the caller any more: our call is over, and nobody took it over."""
    call = leg.call
    over = call is not None and call.is_final and call.end_reason != EndReason.TRANSFERRED
    return over and not getattr(leg, "is_connected", False)

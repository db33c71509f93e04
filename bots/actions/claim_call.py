"""The right to run a call: one owner at a time, fenced by an epoch, kept by a lease (DEP-13)."""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from bots.actions.errors import ActionError
from bots.models import OPEN_STATUSES, Call, CallStatus
from bots.models.voice_settings import voice_setting
from bots.selectors.processes import this_process


def _lease_end() -> datetime:
    return timezone.now() + timedelta(seconds=voice_setting("LEASE_SECONDS"))


def _gone() -> ActionError:
    return ActionError("call.gone", "This call is over.", next_step="Start a new call.", http_status=409)


@transaction.atomic
def claim_call(call_id: uuid.UUID, *, owner: str | None = None) -> int:
    """Make this process the call's only owner and answer the new epoch; an earlier owner's writes are fenced.

    Raises ActionError ``call.gone`` when the call is already final.
    """
    call = Call.objects.select_for_update().get(pk=call_id)
    if call.is_final:
        raise _gone()
    call.owner = owner or this_process()
    call.epoch += 1
    call.lease_until = _lease_end()
    if call.status == CallStatus.CREATED:
        call.status = CallStatus.CONNECTING
    call.save(update_fields=["owner", "epoch", "lease_until", "status"])
    return call.epoch


def renew_leases(call_ids: Iterable[uuid.UUID], *, owner: str | None = None) -> set[uuid.UUID]:
    """Prolong the leases of calls that this process owns; answers those it still owns."""
    mine = Call.objects.filter(pk__in=list(call_ids), owner=owner or this_process(), status__in=OPEN_STATUSES)
    mine.update(lease_until=_lease_end())
    return set(mine.values_list("pk", flat=True))


def mark_active(call_id: uuid.UUID, *, epoch: int, started_at: datetime | None = None) -> bool:
    """Media flows: note the wall time of media second zero; answers False when another owner took over."""
    open_call = Call.objects.filter(pk=call_id, epoch=epoch, status__in=(CallStatus.CREATED, CallStatus.CONNECTING))
    fresh = open_call.filter(started_at__isnull=True).update(
        status=CallStatus.ACTIVE, started_at=started_at or timezone.now()
    )
    if fresh or open_call.update(status=CallStatus.ACTIVE):
        return True
    return Call.objects.filter(pk=call_id, epoch=epoch, status=CallStatus.ACTIVE).exists()


def mark_ending(call_id: uuid.UUID, *, epoch: int) -> bool:
    """The call is saying goodbye; answers whether this owner could note it."""
    running = (CallStatus.CREATED, CallStatus.CONNECTING, CallStatus.ACTIVE)
    return bool(Call.objects.filter(pk=call_id, epoch=epoch, status__in=running).update(status=CallStatus.ENDING))
